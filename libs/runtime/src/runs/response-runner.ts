import {
  AppError,
  type Caller,
  type IdKind,
  isFinal,
  isLifecycleEvent,
  isRejected,
  type Item,
  type ItemChangedEvent,
  type ItemDoneEvent,
  newId,
  type Response,
  type ResponseEvent,
} from '@antiphon/contracts';
import {
  applyEvent,
  assertRunnable,
  countInput,
  type RunLimits,
  type RunPorts,
  runResponse,
  type SchemaChecker,
} from '@antiphon/engine';
import {
  callerAttributes,
  type Logger,
  noTracing,
  type TraceContext,
  type Tracing,
} from '@antiphon/service-kit';
import { type ActiveRuns, cancelledByCaller } from './active-runs.ts';
import { leaseLost, type LeaseKeeper } from './lease-keeper.ts';
import type { ModelDirectory, TracedModel } from '../remote/rpc-language-model.ts';
import type { TracedTools } from '../remote/rpc-tool-host.ts';
import type { RunEvents } from '../event-log/run-events.ts';
import { RunLog, type RunLogLimits } from '../event-log/run-log.ts';
import { toolEvents } from '../event-log/response-events.ts';
import type { Lease, ResponseStore } from '../responses/response.store.ts';
import type { ThoughtBox } from '../sealed/thought-box.ts';

/** What a run starts from. */
export interface RunStart {
  /** In progress; with output where it goes on from an earlier runner's. */
  response: Response;
  /** Read when the run begins, where it is not there yet: what keeps it from being read is how the run fails. */
  history: readonly Item[] | (() => Promise<readonly Item[]>);
  /** Null where the response has no row yet. */
  lease: Lease | null;
  /** Whether its events are kept for readers: only those of a response with a row are. */
  isLogged?: boolean;
  /**
   * Where its events are not logged: whether the last `count` of them can be taken back, since no client has read any. Left out: what was
   * yielded counts as read.
   */
  takeBack?: (count: number) => boolean;
  timeoutMs: number;
  /** The whole time that it may take, where others have used some of it already. */
  limitMs?: number;
  /** Whether another process may take it over: where nobody waits for it at this one. */
  mayMove: boolean;
  /** What it was asked for in; without one it begins a trace. */
  trace?: TraceContext;
}

export interface RunnerParts {
  store: ResponseStore;
  runs: ActiveRuns;
  leases: LeaseKeeper;
  events: RunEvents;
  log: RunLogLimits;
  model: TracedModel;
  models: ModelDirectory;
  tools: TracedTools;
  thoughts: ThoughtBox;
  schemas: SchemaChecker;
  limits: RunLimits;
  logger: Logger;
  tracing?: Tracing;
}

/**
 * Runs responses: the engine thinks, each effect is saved, then its events are told. The engine is driven by whoever takes the events,
 * so a tool does not run before the model's wish for it is committed.
 */
export class ResponseRunner {
  constructor(private readonly parts: RunnerParts) {}

  /**
   * The events of a run from `in_progress` to where it stops: take them all, or it does not stop. The last is a lifecycle event, unless
   * the run was handed over and goes on elsewhere. Errors: those of the store, where not even the end can be saved.
   */
  async *run(caller: Caller, start: RunStart, gone?: AbortSignal): AsyncGenerator<readonly ResponseEvent[]> {
    const { runs, leases, limits, tracing = noTracing } = this.parts;
    const { mayMove } = start;
    const draft: Response = { ...start.response, output: [...start.response.output] };
    const active = runs.start(draft.id);
    const onLost = () => active.abort(leaseLost());
    const span = tracing.start('run', {
      parent: start.trace ?? null,
      attributes: {
        ...callerAttributes(caller),
        'response.background': draft.background,
        ...(draft.stored && { 'response.id': draft.id }),
      },
    });
    const onGone = () => active.abort(cancelledByCaller());
    const timer = setTimeout(
      () => active.abort(tookTooLong(start.limitMs ?? start.timeoutMs)),
      start.timeoutMs,
    );
    gone?.addEventListener('abort', onGone);
    if (gone?.aborted) onGone();
    let lease = start.lease;
    if (lease) leases.keep(lease, onLost);
    let log: RunLog | null = null;
    try {
      if (lease && start.isLogged) log = await this.openLog(lease, start.response, onLost);
      const ports: RunPorts = {
        ...this.ports(caller, span.context),
        takeBack: async (count) => {
          const isTaken = count === 0 || (log ? log.takeBack(count) : start.takeBack?.(count) === true);
          return isTaken && (lease === null || leases.isHeld(lease));
        },
      };
      for await (const burst of runResponse(caller, start, limits, ports, active.signal)) {
        for (const event of burst) applyEvent(draft, event);
        const end = burst.at(-1);
        if (end && isLifecycleEvent(end))
          yield await this.finish(caller, { lease, log, mayMove }, burst, end.response, active.signal);
        else {
          if (log) await this.logBurst(log, burst, draft);
          else if (draft.stored && isCheckpoint(burst))
            lease = await this.checkpoint(lease, draft, burst, onLost);
          active.note(burst);
          yield burst;
        }
      }
    } finally {
      await log?.close();
      clearTimeout(timer);
      gone?.removeEventListener('abort', onGone);
      if (lease) leases.drop(lease);
      runs.end(draft.id, active);
      span.end(draft.error?.code ?? 'ok', { 'response.status': draft.status });
    }
  }

  /**
   * Throws what would end this run before its first turn, as far as it is known now: `model_not_found`, `context_too_long`, `invalid_request`
   * for a tool choice. A part of the system that does not answer is left to the run, which may wait for it.
   */
  async assertRunnable(
    caller: Caller,
    run: { response: Response; history: readonly Item[] },
    signal: AbortSignal,
  ): Promise<void> {
    const { models, tools, limits } = this.parts;
    const checks = await Promise.allSettled([
      assertRunnable(caller, run, limits, { tools }, signal),
      models.assertServed(run.response.model, signal),
    ]);
    for (const check of checks) {
      if (check.status === 'rejected' && isRefusal(check.reason)) throw check.reason;
    }
  }

  /** The tokens that a run's model would read first, by estimate. Nothing runs. */
  countInput(
    caller: Caller,
    run: { response: Response; history: readonly Item[] },
    signal: AbortSignal,
  ): Promise<number> {
    return countInput(caller, run, this.parts, signal);
  }

  /** Saves how far the run has come, before its tools run and after each came back. The first time may be what makes the row. */
  private async checkpoint(
    lease: Lease | null,
    draft: Response,
    burst: readonly ResponseEvent[],
    onLost: () => void,
  ): Promise<Lease> {
    const { store, leases } = this.parts;
    if (!lease) {
      const made = await store.insertRunning(draft);
      leases.keep(made, onLost);
      return made;
    }
    if (!(await store.save(lease, draft, toolEvents(burst, draft)))) onLost();
    return lease;
  }

  private openLog(lease: Lease, response: Response, onLost: () => void): Promise<RunLog> {
    const { store, events, log: limits, logger } = this.parts;
    return RunLog.open({ store, events, limits, logger, onLost }, lease, response);
  }

  /** A burst that changes more than open items is saved with how far the run has come, so that log and row never disagree about it. */
  private async logBurst(log: RunLog, burst: readonly ResponseEvent[], draft: Response): Promise<void> {
    if (burst.some(changesItems)) await log.save(burst, draft, toolEvents(burst, draft));
    else await log.add(burst);
  }

  /** Saves the end. What is told is what is stored: where someone else ended the response first, theirs. */
  private async finish(
    caller: Caller,
    { lease, log, mayMove }: { lease: Lease | null; log: RunLog | null; mayMove: boolean },
    burst: readonly ResponseEvent[],
    response: Response,
    signal: AbortSignal,
  ): Promise<readonly ResponseEvent[]> {
    const { store, events } = this.parts;
    if (!response.stored) {
      this.tellUsage(response);
      return burst;
    }
    if (!lease) {
      await store.insert(response);
      return burst;
    }
    if (mayMove && isInterrupted(signal) && (await store.release(lease))) return [];
    if (mayMove && isUnavailable(response) && (await store.postpone(lease))) return [];
    const lastBurst = log ? await log.last(burst) : null;
    if (await store.finish(lease, response, { events: toolEvents(burst, response), lastBurst })) {
      if (response.background) events.announce(response.id);
      return burst;
    }
    const stored = await store.find(caller, response.id);
    if (!stored) return burst; // it was deleted: nobody else knows of it any more
    const hasStopped = isFinal(stored.status) || stored.status === 'requires_action';
    return hasStopped ? [{ type: `response.${stored.status}`, response: stored }] : [];
  }

  /** The answer does not wait for the database, which it needs for nothing else: figures that cannot be kept are in the log. */
  private tellUsage(response: Response): void {
    const { store, logger } = this.parts;
    const { userId, tenantId, modelUsed, usage } = response;
    store
      .tellUsage(response)
      .catch((error: Error) =>
        logger.error({ userId, tenantId, modelUsed, usage, error: error.message }, 'usage was not recorded'),
      );
  }

  private ports(caller: Caller, trace: TraceContext): RunPorts {
    const { model, tools, thoughts, schemas, logger } = this.parts;
    return {
      model: { stream: (caller, request, signal) => model.stream(caller, request, signal, trace) },
      tools: {
        list: (caller, select, signal) => tools.list(caller, select, signal),
        listServer: (caller, server, signal) => tools.listServer(caller, server, signal, trace),
        call: (caller, request, signal) => tools.call(caller, request, signal, trace),
      },
      schemas,
      newId: (kind: IdKind) => newId(kind),
      now: () => Date.now(),
      seal: (thought) => thoughts.seal(caller, thought),
      onInternalError: (error: AppError) => logger.error({ err: error.cause }, 'a run failed'),
    };
  }
}

/** What whoever takes the run over must know: which tools began and came back, which answers were not taken. */
function isCheckpoint(burst: readonly ResponseEvent[]): boolean {
  return burst.some(
    (event) =>
      event.type === 'tool.started' ||
      event.type === 'tool.finished' ||
      (changesItems(event) && isRejected(event.item)),
  );
}

/** Whether the event is stored by itself: an item that is done before its turn is whole is stored with the turn. */
function changesItems(event: ResponseEvent): event is ItemDoneEvent | ItemChangedEvent {
  return event.type === 'item.changed' || (event.type === 'item.done' && !event.isTurnOpen);
}

/** Whether an error says that the request itself is wrong, which sending it again does not change. */
function isRefusal(error: unknown): boolean {
  const { status, retryable } = AppError.from(error);
  return status >= 400 && status < 500 && !retryable;
}

/** The process stops, or has lost the run: a background run is not its to end. */
function isInterrupted(signal: AbortSignal): boolean {
  return signal.aborted && AppError.from(signal.reason).code === 'interrupted';
}

/** A part of the system was away: a background run can wait until it is back, and goes on from its last checkpoint. */
function isUnavailable({ status, error }: Response): boolean {
  return status === 'failed' && error?.code === 'unavailable';
}

function tookTooLong(timeoutMs: number): AppError {
  return new AppError('run_timeout', `The run took longer than ${Math.round(timeoutMs / 1000)} s.`);
}
