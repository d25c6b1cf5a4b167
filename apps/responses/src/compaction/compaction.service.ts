import { AppError, type Caller, type CreateResponse, type Item, type Response } from '@antiphon/contracts';
import type { Compacted } from '@antiphon/dialects';
import { ResponseRunner } from '@antiphon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { RUN_TIMES, type RunTimes } from '../config.ts';
import { ResponsePreparer } from '../create/response-preparer.ts';
import { lastResponse } from '../create/response-events.ts';

/** Counts and compacts the context of a request without creating a response. */
@Injectable()
export class CompactionService {
  constructor(
    private readonly preparer: ResponsePreparer,
    private readonly runner: ResponseRunner,
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
    const asked = { ...request, compacts: true };
    const { response, history } = await this.preparer.prepare(caller, asked, {}, gone);
    const { usage, output } = await this.run(caller, response, history, gone);
    const { id, createdAt } = response;
    return { id, items: [...[...history, ...response.input].filter(isOfUser), ...output], usage, createdAt };
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

function isOfUser(item: Item): boolean {
  return item.type === 'message' && item.role === 'user';
}
