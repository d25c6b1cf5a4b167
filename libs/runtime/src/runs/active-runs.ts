import { setTimeout as delay } from 'node:timers/promises';
import { AppError, type ResponseEvent, responsesCancel } from '@antiphon/contracts';
import { BusClient } from '@antiphon/service-kit';
import { Injectable } from '@nestjs/common';
import { leaseLost } from './lease-keeper.ts';

const settledPollMs = 20;

/** One run of this process. Its signal joins all reasons to end it. */
export class ActiveRun {
  private readonly controller = new AbortController();
  private openCalls = 0;
  private interruption: AppError | null = null;

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  abort(reason: AppError): void {
    this.controller.abort(reason);
  }

  /** Aborts the run as soon as none of its tools is running, so that no effect of a tool is lost or repeated. */
  interrupt(reason: AppError): void {
    this.interruption ??= reason;
    if (this.openCalls === 0) this.abort(this.interruption);
  }

  /** Counts the running tools of a burst that was saved. */
  note(burst: readonly ResponseEvent[]): void {
    for (const { type } of burst) {
      if (type === 'tool.started') this.openCalls++;
      else if (type === 'tool.finished') this.openCalls--;
    }
    if (this.interruption) this.interrupt(this.interruption);
  }
}

/** The runs of this process. A cancel from any process reaches them through `CancelHandler`. */
@Injectable()
export class ActiveRuns {
  private readonly runs = new Map<string, ActiveRun>();
  /** Including runs that this process took over from itself and that have not ended yet. */
  private readonly running = new Set<ActiveRun>();
  private ending: AppError | null = null;

  constructor(private readonly bus: BusClient) {}

  /** Registers a run until `end`. Aborts an earlier run of the same response: it must have lost its lease. */
  start(responseId: string): ActiveRun {
    // An error is made only where there is an earlier run: its stack is dear.
    this.runs.get(responseId)?.abort(leaseLost());
    const run = new ActiveRun();
    this.runs.set(responseId, run);
    this.running.add(run);
    if (this.ending) run.abort(this.ending);
    return run;
  }

  end(responseId: string, run: ActiveRun): void {
    this.running.delete(run);
    if (this.runs.get(responseId) === run) this.runs.delete(responseId);
  }

  abort(responseId: string, reason: AppError): void {
    this.runs.get(responseId)?.abort(reason);
  }

  /** The process stops: aborts each run as soon as none of its tools is running, and each run that still begins at once. */
  interruptAll(reason: AppError): void {
    this.ending = reason;
    for (const run of this.running) run.interrupt(reason);
  }

  /** Aborts all runs of this process now, and each run that still begins at once. */
  abortAll(reason: AppError): void {
    this.ending = reason;
    for (const run of this.running) run.abort(reason);
  }

  /** Resolves when no run goes on in this process, or after `graceMs`. */
  async settled(graceMs: number): Promise<void> {
    const isOver = AbortSignal.timeout(graceMs);
    while (this.running.size > 0 && !isOver.aborted) await delay(settledPollMs);
  }

  /** Aborts the run of a cancelled response in whichever process it goes on. */
  announceCancel(responseId: string): void {
    this.abort(responseId, cancelledByCaller());
    this.bus.publish(responsesCancel, {}, responseId);
  }
}

export function cancelledByCaller(): AppError {
  return new AppError('cancelled', 'The response was cancelled.');
}
