import { setTimeout as delay } from 'node:timers/promises';
import { AppError, responsesCancel } from '@antiphon/contracts';
import type { RpcBus } from '@antiphon/service-kit';
import { leaseLost } from './lease-keeper.ts';

const settledPollMs = 20;

/** The runs of this process, each with what ends it. A cancel from any process reaches them through the bus. */
export class ActiveRuns {
  private readonly controllers = new Map<string, AbortController>();
  /** With those that were taken over here and have not come to their end yet. */
  private readonly running = new Set<AbortController>();
  private ending: AppError | null = null;

  constructor(private readonly bus: RpcBus) {
    bus.listen(responsesCancel, (_payload, id) => id && this.abort(id, cancelledByCaller()));
  }

  /**
   * Registers a run for as long as it goes on. Its controller joins everything that may end it. An earlier run of the same response has
   * lost its lease, or there would not be another.
   */
  start(responseId: string): AbortController {
    this.abort(responseId, leaseLost());
    const controller = new AbortController();
    this.controllers.set(responseId, controller);
    this.running.add(controller);
    if (this.ending) controller.abort(this.ending);
    return controller;
  }

  end(responseId: string, controller: AbortController): void {
    this.running.delete(controller);
    if (this.controllers.get(responseId) === controller) this.controllers.delete(responseId);
  }

  abort(responseId: string, reason: AppError): void {
    this.controllers.get(responseId)?.abort(reason);
  }

  /** Ends all that run here, and at once whatever still begins: the process stops. */
  abortAll(reason: AppError): void {
    this.ending = reason;
    for (const controller of this.running) controller.abort(reason);
  }

  /** Resolves when nothing runs here any more, or after `graceMs`. */
  async settled(graceMs: number): Promise<void> {
    const isOver = AbortSignal.timeout(graceMs);
    while (this.running.size > 0 && !isOver.aborted) await delay(settledPollMs);
  }

  /** Tells every process that a response was cancelled. */
  announceCancel(responseId: string): void {
    this.abort(responseId, cancelledByCaller());
    this.bus.tell(responsesCancel, {}, responseId);
  }
}

export function cancelledByCaller(): AppError {
  return new AppError('cancelled', 'The response was cancelled.');
}
