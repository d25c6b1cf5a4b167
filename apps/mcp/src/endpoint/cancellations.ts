import { toolsCancelled } from '@antiphon/contracts';
import { BusClient } from '@antiphon/service-kit';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';

/** Names a request by its user and session: every client numbers its requests from the start. */
export type RequestKey = z.infer<typeof toolsCancelled.payload>;

/** A request that can be cancelled until it is released. */
export interface CancellableRequest {
  signal: AbortSignal;
  release(): void;
}

/**
 * Requests that run here. A cancellation is a request of its own, which may arrive at any instance, so it is published to all of them. While
 * the bus is away it reaches the instance at which it arrived.
 */
@Injectable()
export class Cancellations {
  private readonly running = new Map<string, Set<AbortController>>();

  constructor(private readonly bus: BusClient) {}

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
    this.bus.publish(toolsCancelled, key);
  }

  /** Ends the request if it runs here. */
  abort(key: RequestKey): void {
    for (const aborter of this.running.get(nameOf(key)) ?? []) aborter.abort();
  }
}

/** JSON keeps the ids 1 and "1" apart. */
function nameOf({ userId, sessionId, requestId }: RequestKey): string {
  return JSON.stringify([userId, sessionId, requestId]);
}
