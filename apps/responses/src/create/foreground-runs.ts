import {
  AppError,
  type Caller,
  creatorOf,
  isLifecycleEvent,
  type Item,
  type ResponseEvent,
} from '@antiphon/contracts';
import { rebuildEvents } from '@antiphon/engine';
import {
  ActiveRuns,
  type DecidedRun,
  HistoryStore,
  type Lease,
  LeaseStore,
  ResponseRunner,
} from '@antiphon/runtime';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { AnswerCache } from '../answer-cache/answer-cache.ts';
import { RUN_TIMES, type RunTimes } from '../config.ts';
import type { CreateOptions } from './create-options.ts';
import { HeldRuns } from '../held-runs/held-runs.ts';
import type { Prepared } from './response-preparer.ts';
import { type Events, inOneBurst, openingEvents, startingWith } from './response-events.ts';

/** A response that runs at the pace of the client. */
export interface ForegroundRun extends Pick<Prepared, 'response' | 'history' | 'historyVersion'> {
  /** Null where the response has no row yet. */
  lease: Lease | null;
}

type LockedRun = Omit<ForegroundRun, 'historyVersion'>;
type StartOptions = Pick<CreateOptions, 'willStream' | 'memory' | 'mayReuse' | 'trace' | 'takeBack'>;

/** Runs responses in this process for clients that wait for them, and ends the runs with the process. */
@Injectable()
export class ForegroundRuns implements BeforeApplicationShutdown {
  constructor(
    private readonly leases: LeaseStore,
    private readonly history: HistoryStore,
    private readonly runner: ResponseRunner,
    private readonly runs: ActiveRuns,
    private readonly answers: AnswerCache,
    private readonly held: HeldRuns,
    @Inject(RUN_TIMES) private readonly times: RunTimes,
  ) {}

  /**
   * The events of a new response. They come from the answer to an equal request where one may be reused; else from a run, which goes on
   * without its client where it is held open for tool outputs.
   */
  async start(
    caller: Caller,
    { response, history: prepared, historyVersion, lease }: ForegroundRun,
    options: StartOptions,
    gone: AbortSignal,
  ): Promise<Events> {
    // Items that were added to the conversation before this run locked it belong to its history.
    const mayHaveGrown =
      lease !== null && response.conversationId !== null && response.previousResponseId === null;
    const history = mayHaveGrown
      ? await this.history.readLocked(caller, response, { items: prepared, version: historyVersion })
      : prepared;
    const run = { response, history, lease };
    const answered = options.mayReuse && lease ? await this.answers.answer(caller, response, history) : null;
    if (lease && answered && (await this.leases.finish(lease, answered)))
      return inOneBurst(rebuildEvents(answered));
    if (lease && options.willStream && response.onPause === 'hold')
      return this.held.hold(caller, this.run(caller, run, options), gone);
    return this.run(caller, run, options, gone);
  }

  /** The events of a decided response that this process runs on. It keeps its creator's rights, whatever credential the decision came with. */
  resume(
    { response, events, lease }: DecidedRun & { lease: Lease },
    { willStream, takeBack }: Pick<CreateOptions, 'willStream' | 'takeBack'>,
    gone: AbortSignal,
  ): Events {
    const caller = creatorOf(response);
    const history = () => this.history.read(caller, response);
    const start = { response, history, lease, ...this.rulesOf({ willStream, takeBack }) };
    const first = [{ type: 'response.in_progress' as const, response }, ...events];
    return startingWith(first, this.runner.run(caller, start, gone));
  }

  /** Waits for the foreground runs to end within the grace, and ends the rest with `interrupted`. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.runs.settled(this.times.shutdownGraceMs);
    this.runs.abortAll(new AppError('interrupted', 'The server is stopping. Create the response again.'));
  }

  /** The events of a run from `response.created` on. Without `gone` the run continues after its client has gone. */
  private run(caller: Caller, run: LockedRun, options: StartOptions, gone?: AbortSignal): Events {
    const { memory, mayReuse, trace } = options;
    const start = { ...run, ...this.rulesOf(options), ...(trace && { trace }) };
    const events = this.runner.run(caller, start, gone);
    const isNoted = memory !== undefined || mayReuse === true;
    return startingWith(
      openingEvents(run.response),
      isNoted ? this.noting(caller, run.history, events, options) : events,
    );
  }

  /** Keeps how the run ended for the next turn of the connection, and for equal requests. */
  private async *noting(
    caller: Caller,
    history: readonly Item[],
    events: Events,
    { memory, mayReuse }: StartOptions,
  ): AsyncGenerator<readonly ResponseEvent[], void> {
    for await (const burst of events) {
      const last = burst.at(-1);
      if (last && isLifecycleEvent(last)) {
        memory?.note(last.response, history);
        if (mayReuse) await this.answers.note(caller, last.response, history);
      }
      yield burst;
    }
  }

  private rulesOf({ willStream, takeBack }: Pick<CreateOptions, 'willStream' | 'takeBack'>) {
    return {
      isUnread: !willStream,
      ...(takeBack && { takeBack }),
      timeoutMs: this.times.foregroundTimeoutMs,
      mayMove: false,
    };
  }
}
