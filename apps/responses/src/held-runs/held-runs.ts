import {
  AppError,
  type Caller,
  creatorOf,
  isFinal,
  type Response,
  type ResponseEvent,
} from '@antiphon/contracts';
import { catchUp } from '@antiphon/engine';
import { type Claim, HistoryStore, LeaseStore, ResponseRunner, RunEvents } from '@antiphon/runtime';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { type Events, lastResponse } from '../create/response-events.ts';

/**
 * Keeps the stream of a run open while its client runs the tools. A pause does not end the events; they continue when the client has sent the
 * tool outputs. This process then claims the queued run. It has a head start over the workers, and follows the run where a worker was
 * faster.
 */
@Injectable()
export class HeldRuns implements BeforeApplicationShutdown {
  private readonly stopping = new AbortController();

  constructor(
    private readonly leases: LeaseStore,
    private readonly history: HistoryStore,
    private readonly runner: ResponseRunner,
    private readonly runEvents: RunEvents,
  ) {}

  /** The events of a run over all its pauses. A client that goes away ends them at the next pause; a run in this process continues. */
  async *hold(caller: Caller, events: Events, gone: AbortSignal): AsyncGenerator<readonly ResponseEvent[]> {
    const signal = AbortSignal.any([gone, this.stopping.signal]);
    let known: Response | undefined;
    for await (const burst of events) {
      known = lastResponse(burst) ?? known;
      yield burst;
    }
    while (known && !isFinal(known.status)) {
      const next = await this.nextStep(caller, known, signal);
      if (!next) return;
      const { response, claim } = next;
      const hasMoved = response.status !== known.status || claim !== null;
      const moved = hasMoved ? [{ type: `response.${response.status}` as const, response }] : [];
      yield [...catchUp(known, response), ...moved];
      known = response;
      if (!claim) continue;
      for await (const burst of this.goOn(claim)) {
        known = lastResponse(burst) ?? known;
        yield burst;
      }
    }
  }

  beforeApplicationShutdown(): void {
    this.stopping.abort(new AppError('interrupted', 'The server is stopping.'));
  }

  /** Waits until the stored response differs from the known one, and claims a queued one. Null: the signal aborted, or it was deleted. */
  private async nextStep(
    caller: Caller,
    known: Response,
    signal: AbortSignal,
  ): Promise<{ response: Response; claim: Claim | null } | null> {
    const isNews = ({ status, output }: Response) =>
      status !== known.status || output.length !== known.output.length;
    const response = await this.runEvents.awaitResponse(caller, known.id, isNews, signal);
    if (!response || signal.aborted) return null;
    const claim = response.status === 'queued' ? await this.leases.takeUp(response.id) : null;
    return { response: claim?.response ?? response, claim };
  }

  private async *goOn(claim: Claim): AsyncGenerator<readonly ResponseEvent[]> {
    const { response, lease, isLogged, limitMs } = claim;
    const caller = creatorOf(response);
    const history = () => this.history.read(caller, response);
    const timeoutMs = Math.max(claim.remainingMs, 0);
    yield* this.runner.run(caller, { response, history, lease, isLogged, timeoutMs, limitMs, mayMove: true });
  }
}
