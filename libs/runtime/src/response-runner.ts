import {
  AppError,
  type Caller,
  type IdKind,
  isFinal,
  isLifecycleEvent,
  isRejected,
  type Item,
  newId,
  type Response,
  type ResponseEvent,
} from '@antiphon/contracts';
import { applyEvent, type LanguageModel, type RunLimits, runResponse, type ToolHost } from '@antiphon/engine';
import type { Logger } from '@antiphon/service-kit';
import { type ActiveRuns, cancelledByCaller } from './active-runs.ts';
import { leaseLost, type LeaseKeeper } from './lease-keeper.ts';
import { toolEvents } from './store/response-events.ts';
import type { Lease, ResponseStore } from './store/response.store.ts';

/** What a run starts from. */
export interface RunStart {
  /** In progress; with output where it goes on from an earlier runner's. */
  response: Response;
  history: readonly Item[];
  /** Null where the response has no row yet. */
  lease: Lease | null;
  timeoutMs: number;
  /** Whether another process may take it over: where nobody waits for it at this one. */
  mayMove: boolean;
}

export interface RunnerParts {
  store: ResponseStore;
  runs: ActiveRuns;
  leases: LeaseKeeper;
  model: LanguageModel;
  tools: ToolHost;
  limits: RunLimits;
  logger: Logger;
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
    const { runs, leases, limits } = this.parts;
    const draft: Response = { ...start.response, output: [...start.response.output] };
    const controller = runs.start(draft.id);
    const onGone = () => controller.abort(cancelledByCaller());
    const timer = setTimeout(() => controller.abort(tookTooLong(start.timeoutMs)), start.timeoutMs);
    gone?.addEventListener('abort', onGone);
    if (gone?.aborted) onGone();
    let lease = start.lease;
    if (lease) leases.keep(lease);
    try {
      for await (const burst of runResponse(caller, start, limits, this.ports(), controller.signal)) {
        for (const event of burst) applyEvent(draft, event);
        const end = burst.at(-1);
        if (end && isLifecycleEvent(end))
          yield await this.finish(caller, { ...start, lease }, burst, end.response, controller.signal);
        else {
          if (draft.stored && isCheckpoint(burst)) lease = await this.checkpoint(lease, draft, burst);
          yield burst;
        }
      }
    } finally {
      clearTimeout(timer);
      gone?.removeEventListener('abort', onGone);
      if (lease) leases.drop(lease);
      runs.end(draft.id);
    }
  }

  /** Saves how far the run has come, before its tools run and after each came back. The first time may be what makes the row. */
  private async checkpoint(
    lease: Lease | null,
    draft: Response,
    burst: readonly ResponseEvent[],
  ): Promise<Lease> {
    const { store, leases, runs } = this.parts;
    if (!lease) {
      const made = await store.insertRunning(draft);
      leases.keep(made);
      return made;
    }
    if (!(await store.save(lease, draft, toolEvents(burst, draft)))) runs.abort(draft.id, leaseLost());
    return lease;
  }

  /** Saves the end. What is told is what is stored: where someone else ended the response first, theirs. */
  private async finish(
    caller: Caller,
    { lease, mayMove }: Pick<RunStart, 'lease' | 'mayMove'>,
    burst: readonly ResponseEvent[],
    response: Response,
    signal: AbortSignal,
  ): Promise<readonly ResponseEvent[]> {
    const { store } = this.parts;
    if (!response.stored) {
      this.tellUsage(response);
      return burst;
    }
    if (!lease) {
      await store.insert(response);
      return burst;
    }
    if (mayMove && isInterrupted(signal) && (await store.release(lease))) return [];
    if (await store.finish(lease, response, toolEvents(burst, response))) return burst;
    const stored = await store.find(caller, response.id);
    if (!stored) return burst; // it was deleted: nobody else knows of it any more
    return isFinal(stored.status) ? [{ type: `response.${stored.status}`, response: stored }] : [];
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

  private ports() {
    const { model, tools, logger } = this.parts;
    return {
      model,
      tools,
      newId: (kind: IdKind) => newId(kind),
      now: () => Date.now(),
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
      (event.type === 'item.done' && isRejected(event.item)),
  );
}

/** The process stops, or has lost the run: a background run is not its to end. */
function isInterrupted(signal: AbortSignal): boolean {
  return signal.aborted && AppError.from(signal.reason).code === 'interrupted';
}

function tookTooLong(timeoutMs: number): AppError {
  return new AppError('run_timeout', `The run took longer than ${Math.round(timeoutMs / 1000)} s.`);
}
