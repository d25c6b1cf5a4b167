import {
  AppError,
  type Caller,
  type CreateResponse,
  type Item,
  newId,
  type Response,
  textOf,
} from '@antiphon/contracts';
import type { Compacted } from '@antiphon/dialects';
import { ResponseRunner } from '@antiphon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { RUN_TIMES, type RunTimes } from '../config.ts';
import { ResponsePreparer } from '../create/response-preparer.ts';
import { lastResponse } from '../create/response-events.ts';
import { CompactionBox } from '../input/compaction-box.ts';

/** Counts and compacts the context of a request without creating a response. */
@Injectable()
export class CompactionService {
  constructor(
    private readonly preparer: ResponsePreparer,
    private readonly runner: ResponseRunner,
    private readonly box: CompactionBox,
    @Inject(RUN_TIMES) private readonly times: RunTimes,
  ) {}

  /** An estimate of the tokens that the model would read. Errors: those of a create. */
  async count(caller: Caller, request: CreateResponse, gone: AbortSignal): Promise<number> {
    return this.runner.countInput(caller, await this.preparer.prepare(caller, request, {}, gone), gone);
  }

  /**
   * Lets the model summarize a context. The user's messages stay as they are; everything else becomes a sealed summary that only this
   * caller can send back. Errors: those of a create, and of the model.
   */
  async compact(caller: Caller, request: CreateResponse, gone: AbortSignal): Promise<Compacted> {
    // A context that is too long for the model is trimmed to its newest part instead of refused.
    const asksForLess = { ...request, keepsContext: false };
    const { response, history } = await this.preparer.prepare(caller, asksForLess, {}, gone);
    const context = [...history, ...response.input];
    const asked = { ...response, ...summaryWish(response) };
    const end = await this.run(caller, asked, history, gone);
    return {
      id: response.id,
      items: context.filter(isOfUser),
      compactionId: newId('compaction'),
      sealedSummary: this.box.seal(caller, answerOf(end)),
      usage: end.usage,
      createdAt: response.createdAt,
    };
  }

  private async run(
    caller: Caller,
    response: Response,
    history: readonly Item[],
    gone: AbortSignal,
  ): Promise<Response> {
    const timeoutMs = this.times.foregroundTimeoutMs;
    const start = { response, history, lease: null, isUnread: true, timeoutMs, mayMove: false };
    let end = response;
    for await (const burst of this.runner.run(caller, start, gone)) end = lastResponse(burst) ?? end;
    if (end.status === 'completed') return end;
    if (end.error) throw AppError.fromInfo(end.error);
    throw new AppError('model_error', `The summary is incomplete: its run is ${end.status}.`);
  }
}

const summaryInstructions =
  'Sum up the conversation for a reader who has to continue it without having read it: what the user wants, what was said, ' +
  'found out, decided and done, names, numbers and results that may still matter, and what is open. Write nothing else.';

/** Asks for the summary. `keepsContext: false` lets the run trim a context that is too long. */
function summaryWish({
  instructions,
  input,
}: Response): Pick<Response, 'instructions' | 'input' | 'keepsContext'> {
  const wish: Item = {
    type: 'message',
    id: newId('message'),
    role: 'user',
    content: [{ type: 'text', text: 'Sum up our conversation up to here.' }],
    status: 'completed',
  };
  return {
    instructions: instructions === null ? summaryInstructions : `${instructions}\n\n${summaryInstructions}`,
    input: [...input, wish],
    keepsContext: false,
  };
}

function isOfUser(item: Item): boolean {
  return item.type === 'message' && item.role === 'user';
}

function answerOf({ output }: Response): string {
  return output.map((item) => (item.type === 'message' ? textOf(item.content) : '')).join('');
}
