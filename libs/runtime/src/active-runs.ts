import { setTimeout as delay } from 'node:timers/promises';
import { AppError, responsesCancel } from '@antiphon/contracts';
import type { RpcBus } from '@antiphon/service-kit';

const settledPollMs = 20;

/** The runs of this process, each with what ends it. A cancel from any process reaches them through the bus. */
export class ActiveRuns {
  private readonly controllers = new Map<string, AbortController>();

  constructor(private readonly bus: RpcBus) {
    bus.listen(responsesCancel, (_payload, id) => id && this.abort(id, cancelledByCaller()));
  }

  /** Registers a run for as long as it goes on. Its controller joins everything that may end it. */
  start(responseId: string): AbortController {
    const controller = new AbortController();
    this.controllers.set(responseId, controller);
    return controller;
  }

  end(responseId: string): void {
    this.controllers.delete(responseId);
  }

  abort(responseId: string, reason: AppError): void {
    this.controllers.get(responseId)?.abort(reason);
  }

  abortAll(reason: AppError): void {
    for (const controller of this.controllers.values()) controller.abort(reason);
  }

  /** Resolves when nothing runs here any more, or after `graceMs`. */
  async settled(graceMs: number): Promise<void> {
    const isOver = AbortSignal.timeout(graceMs);
    while (this.controllers.size > 0 && !isOver.aborted) await delay(settledPollMs);
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
