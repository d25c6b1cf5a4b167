import { toolsCancelled } from '@antiphon/contracts';
import { RpcBus } from '@antiphon/service-kit';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { z } from 'zod';

/** Identifies a request: clients number their requests themselves, each within its session. */
export type RequestKey = z.infer<typeof toolsCancelled.payload>;

/** A request that can be cancelled until it is released. */
export interface CancellableRequest {
  signal: AbortSignal;
  release(): void;
}

/**
 * Requests that run here, and their cancellation from wherever it arrives: it comes as a request of its own, at any instance, so it is told
 * to all of them. While the bus is away it reaches the instance that it came to.
 */
@Injectable()
export class Cancellations implements OnModuleInit {
  private readonly running = new Map<string, Set<AbortController>>();

  constructor(private readonly bus: RpcBus) {}

  onModuleInit(): void {
    this.bus.listen(toolsCancelled, (key) => this.abort(key));
  }

  watch(key: RequestKey): CancellableRequest {
    const name = nameOf(key);
    const aborter = new AbortController();
    const same = this.running.get(name) ?? new Set();
    this.running.set(name, same.add(aborter));
    return {
      signal: aborter.signal,
      release: () => {
        same.delete(aborter);
        if (same.size === 0 && this.running.get(name) === same) this.running.delete(name);
      },
    };
  }

  cancel(key: RequestKey): void {
    this.abort(key);
    this.bus.tell(toolsCancelled, key);
  }

  private abort(key: RequestKey): void {
    for (const aborter of this.running.get(nameOf(key)) ?? []) aborter.abort();
  }
}

/** JSON keeps the ids 1 and "1" apart. */
function nameOf({ userId, sessionId, requestId }: RequestKey): string {
  return JSON.stringify([userId, sessionId, requestId]);
}
