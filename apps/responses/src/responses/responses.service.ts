import {
  AppError,
  type Caller,
  isFinal,
  type Item,
  type Response,
  type ResponseFilter,
  textOf,
} from '@antiphon/contracts';
import type { CancelOutcome } from '@antiphon/dialects';
import { ActiveRuns, HistoryStore, ResponseStore, RunEvents } from '@antiphon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { RESPONSE_WAIT_MAX_MS } from '../config.ts';
import { noSuchResponse } from './no-such-response.ts';

/** Reads, cancels and deletes responses. A response of another user is `not_found`. */
@Injectable()
export class ResponsesService {
  constructor(
    private readonly store: ResponseStore,
    private readonly history: HistoryStore,
    private readonly runs: ActiveRuns,
    private readonly runEvents: RunEvents,
    @Inject(RESPONSE_WAIT_MAX_MS) private readonly waitMaxMs: number,
  ) {}

  /** A page of the caller's responses. Throws `invalid_request` where `after` or `before` names none of them. */
  async list(caller: Caller, filter: ResponseFilter): Promise<{ responses: Response[]; hasMore: boolean }> {
    const page = await this.store.list(caller, filter);
    if (page) return page;
    const param = filter.before === undefined ? 'after' : 'before';
    throw new AppError('invalid_request', `${param} names none of your responses`, { param });
  }

  async retrieve(caller: Caller, id: string): Promise<Response> {
    return (await this.store.find(caller, id)) ?? noSuchResponse(id);
  }

  /** As `retrieve`, with long outputs of tool calls cut to their beginnings. */
  async retrieveShort(caller: Caller, id: string): Promise<Response> {
    return (await this.store.findShort(caller, id)) ?? noSuchResponse(id);
  }

  /** The whole text of a call's output. Throws `not_found` for an unknown call, and for one without an output. */
  async outputText(caller: Caller, id: string, callId: string): Promise<string> {
    const output = await this.store.findOutput(caller, id, callId);
    if (output !== null) return textOf(output);
    await this.retrieveShort(caller, id);
    throw new AppError('not_found', `The run ${id} has no output of a call ${callId}.`);
  }

  /** The response at its end, or as it is after `waitMs` (at most `RESPONSES_WAIT_MAX`) or when `gone` aborts. */
  async awaitEnd(caller: Caller, id: string, waitMs: number, gone: AbortSignal): Promise<Response> {
    const timeout = AbortSignal.timeout(Math.min(waitMs, this.waitMaxMs));
    const signal = AbortSignal.any([gone, timeout]);
    const hasEnded = ({ status }: Response) => isFinal(status);
    return (await this.runEvents.awaitResponse(caller, id, hasEnded, signal)) ?? noSuchResponse(id);
  }

  /** Cancels a response that is not final, and its run in any process. A final response is unchanged. */
  async cancel(caller: Caller, id: string): Promise<CancelOutcome> {
    const outcome = (await this.store.cancel(caller, id)) ?? noSuchResponse(id);
    if (outcome.wasCancelled) {
      this.runs.announceCancel(id);
      this.runEvents.announce(id);
    }
    return outcome;
  }

  /** Cancels a response where it still runs, and removes it with its events, decisions and deliveries. */
  async delete(caller: Caller, id: string): Promise<void> {
    await this.cancel(caller, id);
    if (!(await this.store.delete(caller, id))) noSuchResponse(id);
    this.runEvents.announce(id);
  }

  /** The context of a response: its instructions, the earlier turns that its run reads, and its input. */
  async inputItems(caller: Caller, id: string): Promise<Item[]> {
    const response = await this.retrieve(caller, id);
    const history = await this.history.read(caller, response, 'show');
    return [...instructionItems(response), ...history, ...response.input];
  }
}

function instructionItems(response: Response): Item[] {
  if (response.instructions === null) return [];
  return [
    {
      type: 'message',
      id: `msg_${response.id}`,
      role: 'system',
      content: [{ type: 'text', text: response.instructions }],
      status: 'completed',
    },
  ];
}
