import {
  AppError,
  type Caller,
  isFinal,
  isRejected,
  type ItemChangedEvent,
  type ItemDoneEvent,
  type Response,
  type ResponseEvent,
} from '@antiphon/contracts';
import { LOGGER, type Logger } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { EventLogStore } from '../event-log/event-log.store.ts';
import { toolEvents } from '../event-log/response-events.ts';
import { RunEvents } from '../event-log/run-events.ts';
import { RUN_LOG_LIMITS, RunLog, type RunLogLimits } from '../event-log/run-log.ts';
import { ResponseStore } from '../responses/response.store.ts';
import { UnstoredUsage } from '../responses/unstored-usage.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import type { Lease } from './lease.ts';
import { LeaseStore } from './lease.store.ts';
import type { RunStart } from './run-start.ts';

/** How one run is saved while it goes on. */
export interface SavedRun {
  readonly start: RunStart;
  /** Called when the lease is lost. */
  readonly onLost: () => void;
  /** Null until the response has a row. */
  lease: Lease | null;
  /** Null where its events are not kept. */
  log: RunLog | null;
}

/** Saves runs: each burst before it leaves the process, and the end. */
@Injectable()
export class RunSaver {
  constructor(
    private readonly responses: ResponseStore,
    private readonly leases: LeaseStore,
    private readonly keeper: LeaseKeeper,
    private readonly logs: EventLogStore,
    private readonly events: RunEvents,
    private readonly usage: UnstoredUsage,
    @Inject(RUN_LOG_LIMITS) private readonly limits: RunLogLimits,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Keeps the lease of a run from now on. */
  begin(start: RunStart, onLost: () => void): SavedRun {
    if (start.lease) this.keeper.keep(start.lease, onLost);
    return { start, onLost, lease: start.lease, log: null };
  }

  /** Opens the log of a run whose events are kept. */
  async openLog(run: SavedRun): Promise<void> {
    const { logs, events, limits, logger } = this;
    const { lease, start, onLost } = run;
    if (lease && start.isLogged)
      run.log = await RunLog.open({ logs, events, limits, logger, onLost }, lease, start.response);
  }

  /** Saves a burst in the middle of a run, as far as it has to be saved. `draft` is the response with the burst applied. */
  async save(run: SavedRun, burst: readonly ResponseEvent[], draft: Response): Promise<void> {
    if (run.log) await this.logBurst(run.log, burst, draft);
    else if (draft.stored && isCheckpoint(burst)) await this.checkpoint(run, burst, draft);
  }

  /** Whether the last `count` events could be taken back. */
  takeBack({ log, start }: SavedRun, count: number): boolean {
    return log ? log.takeBack(count) : start.isUnread === true || start.takeBack?.(count) === true;
  }

  /** Calls `onLost` of a run that another process has taken over. Throws where the database does not answer. */
  async confirmHold({ lease }: SavedRun): Promise<void> {
    if (lease) await this.keeper.confirm(lease);
  }

  /**
   * Saves the end. Returns the events to send: where another process ended the response first, its end; none where the run was given back
   * and continues elsewhere.
   */
  async finish(
    { lease, log, start: { mayMove } }: SavedRun,
    caller: Caller,
    burst: readonly ResponseEvent[],
    response: Response,
    signal: AbortSignal,
  ): Promise<readonly ResponseEvent[]> {
    if (!response.stored) {
      this.publishUsage(response);
      return burst;
    }
    if (!lease) {
      await this.responses.insert(response);
      return burst;
    }
    if (mayMove && isInterrupted(signal) && (await this.leases.release(lease))) return [];
    if (mayMove && isUnavailable(response) && (await this.leases.postpone(lease))) return [];
    const lastBurst = log ? await log.last(burst) : null;
    if (await this.leases.finish(lease, response, { events: toolEvents(burst, response), lastBurst })) {
      if (response.background) this.events.announce(response.id);
      return burst;
    }
    const stored = await this.responses.find(caller, response.id);
    if (!stored) return burst; // it was deleted: only this run still has it
    const hasStopped = isFinal(stored.status) || stored.status === 'requires_action';
    return hasStopped ? [{ type: `response.${stored.status}`, response: stored }] : [];
  }

  /** Ends the saving, however the run ended: writes what the log still holds back, and lets go of the lease. */
  async close({ lease, log }: SavedRun): Promise<void> {
    await log?.close();
    if (lease) this.keeper.drop(lease);
  }

  /** Saves the progress before tools run and after each returned. The first checkpoint may be the insert of the row. */
  private async checkpoint(run: SavedRun, burst: readonly ResponseEvent[], draft: Response): Promise<void> {
    if (run.lease) {
      if (!(await this.leases.checkpoint(run.lease, draft, toolEvents(burst, draft)))) run.onLost();
      return;
    }
    run.lease = await this.responses.insertRunning(draft);
    this.keeper.keep(run.lease, run.onLost);
  }

  /** A burst that changes more than open items is saved together with the progress, so that log and row agree. */
  private async logBurst(log: RunLog, burst: readonly ResponseEvent[], draft: Response): Promise<void> {
    if (burst.some(changesItems)) await log.save(burst, draft, toolEvents(burst, draft));
    else await log.add(burst);
  }

  /** The client does not wait for this write. Figures that could not be stored are in the service's log. */
  private publishUsage(response: Response): void {
    const { userId, tenantId, modelUsed, usage } = response;
    this.usage
      .publish(response)
      .catch((error: Error) =>
        this.logger.error(
          { userId, tenantId, modelUsed, usage, error: error.message },
          'usage was not recorded',
        ),
      );
  }
}

/** Whether a process that takes the run over must know of the burst: tools that started or finished, and rejected answers. */
function isCheckpoint(burst: readonly ResponseEvent[]): boolean {
  return burst.some(
    (event) =>
      event.type === 'tool.started' ||
      event.type === 'tool.finished' ||
      (changesItems(event) && isRejected(event.item)),
  );
}

/** Whether the event is stored by itself: an item that is done before its turn is complete is stored with the turn. */
function changesItems(event: ResponseEvent): event is ItemDoneEvent | ItemChangedEvent {
  return (event.type === 'item.changed' || event.type === 'item.done') && !event.isTurnOpen;
}

/** The process stops or has lost the run: another process may go on with a background run. */
function isInterrupted(signal: AbortSignal): boolean {
  return signal.aborted && AppError.from(signal.reason).code === 'interrupted';
}

/** A part of the system was unavailable: a background run waits for it and goes on from its last checkpoint. */
function isUnavailable({ status, error }: Response): boolean {
  return status === 'failed' && error?.code === 'unavailable';
}
