import { WakeUp } from '@antiphon/async';
import {
  AppError,
  type Caller,
  isFinal,
  isLifecycleEvent,
  type Response,
  type ResponseEvent,
  runsAdvanced,
} from '@antiphon/contracts';
import { rebuildEvents, Replay } from '@antiphon/engine';
import { BusClient } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { ResponseStore } from '../responses/response.store.ts';
import { EventLogStore, type LogPageLimits } from './event-log.store.ts';

/** Nest's token for the limits of readers. */
export const RUN_EVENTS_LIMITS = Symbol('run events limits');

export interface RunEventsLimits {
  /** The longest time between two reads: the price of a signal that was lost. */
  pollMs: number;
  /** The size of one read. A stalled reader holds one page. */
  page: LogPageLimits;
}

/**
 * The events of stored responses, for any number of readers in any process. A reader pulls: it reads the log, and waits for the signal
 * `runs.<id>` when it has read everything. The numbers of the log have no gaps, so no event comes twice or is left out; a slow or stalled
 * reader holds one page in memory.
 */
@Injectable()
export class RunEvents {
  private readonly stopping = new AbortController();

  constructor(
    private readonly responses: ResponseStore,
    private readonly logs: EventLogStore,
    private readonly bus: BusClient,
    @Inject(RUN_EVENTS_LIMITS) private readonly limits: RunEventsLimits,
  ) {}

  /** Signals to the readers in all processes that the log has grown, or that the response is gone. */
  announce(responseId: string): void {
    if (this.bus.isConnected) this.bus.publish(runsAdvanced, {}, responseId);
  }

  /**
   * The events of a response from the first to where its run stops, first the past ones and then live. Without a log they are rebuilt from the
   * stored response: its beginning at once, the rest when the run has stopped; with `needsLog` they are refused. Ends early when the response is
   * deleted, the signal aborts or the process stops; the reader can resume in another process. Errors: `not_found`, `invalid_request` where the
   * needed log is not kept; those of the store until the first event. After it, waits for a database that is unavailable.
   */
  async *follow(
    caller: Caller,
    responseId: string,
    gone: AbortSignal,
    { needsLog = false }: { needsLog?: boolean } = {},
  ): AsyncGenerator<readonly ResponseEvent[]> {
    const signal = AbortSignal.any([gone, this.stopping.signal]);
    const wakeUp = new WakeUp();
    const stopListening = this.bus.subscribe(runsAdvanced, () => wakeUp.ring(), responseId);
    try {
      const response = await this.responses.find(caller, responseId);
      if (!response) throw new AppError('not_found', `There is no response ${responseId}.`);
      const { bursts } = await this.logs.read(responseId, 0, { burstsMax: 1, bytesMax: 1 });
      const isLogged = bursts.length > 0;
      if (needsLog && !isLogged)
        throw new AppError(
          'invalid_request',
          `The events of ${responseId} are not kept, so they cannot be resumed: read the response without starting_after.`,
          { param: 'starting_after' },
        );
      const reader: Reader = { caller, response, wakeUp, signal };
      yield* isLogged ? this.followLog(reader) : this.followResponse(reader);
    } finally {
      stopListening();
    }
  }

  /**
   * The stored response as soon as `isAsWanted` holds, or as it is when the signal aborts. Null: the caller has no such response, or it was
   * deleted. Errors: those of the store at the first read. After it, waits for a database that is unavailable.
   */
  async awaitResponse(
    caller: Caller,
    responseId: string,
    isAsWanted: (response: Response) => boolean,
    signal: AbortSignal,
  ): Promise<Response | null> {
    const until = AbortSignal.any([signal, this.stopping.signal]);
    const wakeUp = new WakeUp();
    const stopListening = this.bus.subscribe(runsAdvanced, () => wakeUp.ring(), responseId);
    try {
      let response = await this.responses.find(caller, responseId);
      while (response && !isAsWanted(response) && !until.aborted) {
        await wakeUp.next(this.limits.pollMs, until);
        if (until.aborted) break;
        response = await this.patiently({ wakeUp, signal: until }, () =>
          this.responses.find(caller, responseId),
        );
      }
      return response;
    } finally {
      stopListening();
    }
  }

  /**
   * The stored response, with long outputs cut, again and again: at once, then after each signal and at least once a poll interval, with `restMs` between two reads.
   * Ends when the response is deleted, the signal aborts or the process stops. Errors: `not_found`; those of the store at the first read. After
   * it, waits for a database that is unavailable.
   */
  async *watch(
    caller: Caller,
    responseId: string,
    restMs: number,
    gone: AbortSignal,
  ): AsyncGenerator<Response> {
    const signal = AbortSignal.any([gone, this.stopping.signal]);
    const wakeUp = new WakeUp();
    const rest = new WakeUp();
    const stopListening = this.bus.subscribe(runsAdvanced, () => wakeUp.ring(), responseId);
    try {
      let response = await this.responses.findShort(caller, responseId);
      if (!response) throw new AppError('not_found', `There is no response ${responseId}.`);
      while (response && !signal.aborted) {
        yield response;
        await rest.next(restMs, signal);
        await wakeUp.next(this.limits.pollMs, signal);
        response = await this.patiently({ wakeUp, signal }, () =>
          this.responses.findShort(caller, responseId),
        );
      }
    } finally {
      stopListening();
    }
  }

  /** Ends every stream: its readers resume it elsewhere. */
  beforeApplicationShutdown(): void {
    this.stopping.abort(new AppError('interrupted', 'The server is stopping.'));
  }

  private async *followLog(reader: Reader): AsyncGenerator<readonly ResponseEvent[]> {
    const { response, wakeUp, signal } = reader;
    const replay = new Replay(response);
    let seq = 0;
    let hadStopped = false;
    while (!signal.aborted) {
      const { bursts, hasMore } = await this.patiently(reader, () =>
        this.logs.read(response.id, seq, this.limits.page),
      );
      for (const { firstSeq, entries } of bursts) {
        const events = entries.slice(seq - firstSeq).map((entry) => replay.take(entry));
        seq = firstSeq + entries.length;
        const last = events.at(-1);
        if (!last || !isLifecycleEvent(last) || isHeld(last.response) || !isStopped(last.response)) {
          yield events;
          continue;
        }
        const stored = await this.read(reader);
        if (!stored) return;
        const isStill = stored.status === last.response.status;
        yield isStill ? [...events.slice(0, -1), { ...last, response: stored }] : events;
        if (isStill) return;
      }
      if (bursts.length > 0) {
        if (!hasMore) await wakeUp.next(this.limits.pollMs, signal);
        continue;
      }
      const stored = await this.read(reader);
      if (!stored) return;
      // The log was removed during the read. Two looks are needed: the end may have been written between the reads of the log and of the row.
      if (hadStopped) {
        yield [{ type: `response.${stored.status}`, response: stored }];
        return;
      }
      hadStopped = isStopped(stored) && !isHeld(stored);
      if (!hadStopped) await wakeUp.next(this.limits.pollMs, signal);
    }
  }

  private async *followResponse(reader: Reader): AsyncGenerator<readonly ResponseEvent[]> {
    const { wakeUp, signal } = reader;
    let response: Response | null = reader.response;
    for (let yielded = 0; response && !signal.aborted; response = await this.read(reader)) {
      const events: ResponseEvent[] = rebuildEvents(response);
      if (events.length > yielded) yield events.slice(yielded);
      yielded = events.length;
      const staysOpen = response.status === 'requires_action' && response.onPause === 'stay';
      if (isStopped(response) && !staysOpen) return;
      await wakeUp.next(this.limits.pollMs, signal);
    }
  }

  private read({ caller, response, ...reader }: Reader): Promise<Response | null> {
    return this.patiently(reader, () => this.responses.find(caller, response.id));
  }

  /** Repeats a read while the database is unavailable. */
  private async patiently<Result>(
    { wakeUp, signal }: Pick<Reader, 'wakeUp' | 'signal'>,
    read: () => Promise<Result>,
  ): Promise<Result> {
    for (;;) {
      try {
        return await read();
      } catch (error) {
        if (signal.aborted || AppError.from(error).code !== 'unavailable') throw error;
        await wakeUp.next(this.limits.pollMs, signal);
      }
    }
  }
}

/** One reader of one response. */
interface Reader {
  caller: Caller;
  /** As it was when the reader began. */
  response: Response;
  wakeUp: WakeUp;
  signal: AbortSignal;
}

/** Whether a run has stopped: nothing follows unless the caller acts. */
function isStopped(response: Response): boolean {
  return isFinal(response.status) || response.status === 'requires_action';
}

/** Whether a paused run goes on in the same stream once the calls are decided, or the client has sent the tool outputs. */
function isHeld({ status, onPause }: Response): boolean {
  return status === 'requires_action' && (onPause === 'hold' || onPause === 'stay');
}
