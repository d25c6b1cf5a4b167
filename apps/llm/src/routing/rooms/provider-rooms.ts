/** How many requests a provider may have at the same time, and how many more may wait for it. */
export interface RoomLimits {
  concurrencyMax: number;
  /** Requests that wait; 0: none. */
  queueMax: number;
  queueWaitMs: number;
}

/** A request's place at a provider. */
export interface Place {
  provider: string;
  /** The request is over. Has an effect once. */
  leave: () => void;
}

/**
 * The places of the requests at each provider, and a queue for those that find none: first in, first out. A request may wait at several providers; it gets the
 * first place that becomes free. Providers without limits always have room.
 */
export class ProviderRooms {
  private rooms = new Map<string, Room>();

  /** The limits from now on. Requests under way keep their places; requests that wait for a provider without limits get one at once. */
  use(limits: ReadonlyMap<string, RoomLimits>): void {
    const before = this.rooms;
    this.rooms = new Map();
    for (const [provider, own] of limits)
      this.rooms.set(provider, before.get(provider)?.with(own) ?? new Room(provider, own));
    for (const [provider, room] of before) if (!limits.has(provider)) room.with(unlimited);
  }

  /** Null where the provider has as many requests under way as it may have. */
  tryEnter(provider: string): Place | null {
    const room = this.rooms.get(provider);
    if (room === undefined) return { provider, leave: () => undefined };
    return room.isFull ? null : room.take();
  }

  /**
   * Waits for a place at one of the providers, for the longest wait of their limits. Null where all queues are full, or the wait is over. Rejects with the
   * signal's reason.
   */
  async enter(providers: Iterable<string>, signal: AbortSignal): Promise<Place | null> {
    signal.throwIfAborted();
    const rooms = [...new Set(providers)].flatMap((provider) => this.rooms.get(provider) ?? []);
    const open = rooms.filter((room) => room.mayWait);
    if (open.length === 0) return null;
    return new Promise((resolve, reject) => {
      // At once and not in a later microtask: a waiter that is still queued could be given a place which it does not take.
      const stop = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        for (const room of open) room.forget(waiter);
      };
      const settle = (place: Place | null): void => {
        stop();
        resolve(place);
      };
      const abort = (): void => {
        stop();
        reject(signal.reason as Error); // what an abort of this service gives as its reason
      };
      const waiter: Waiter = { admit: settle };
      const timer = setTimeout(settle, Math.max(...open.map((room) => room.waitMs)), null).unref();
      signal.addEventListener('abort', abort, { once: true });
      for (const room of open) room.queue(waiter);
    });
  }

  /** Requests that wait for a place at a provider, and perhaps at others too. */
  waitingAt(provider: string): number {
    return this.rooms.get(provider)?.waiting ?? 0;
  }
}

const unlimited: RoomLimits = { concurrencyMax: Infinity, queueMax: 0, queueWaitMs: 0 };

interface Waiter {
  /** Takes the waiter out of all queues. */
  admit: (place: Place) => void;
}

/** The places and the queue of one provider. */
class Room {
  private taken = 0;
  /** In the order in which they came. */
  private readonly waiters = new Set<Waiter>();

  constructor(
    private readonly provider: string,
    private limits: RoomLimits,
  ) {}

  get isFull(): boolean {
    return this.taken >= this.limits.concurrencyMax;
  }

  get mayWait(): boolean {
    return this.waiters.size < this.limits.queueMax;
  }

  get waitMs(): number {
    return this.limits.queueWaitMs;
  }

  get waiting(): number {
    return this.waiters.size;
  }

  with(limits: RoomLimits): this {
    this.limits = limits;
    this.admitWaiting();
    return this;
  }

  take(): Place {
    this.taken++;
    let isLeft = false;
    return {
      provider: this.provider,
      leave: () => {
        if (isLeft) return;
        isLeft = true;
        this.taken--;
        this.admitWaiting();
      },
    };
  }

  queue(waiter: Waiter): void {
    this.waiters.add(waiter);
  }

  forget(waiter: Waiter): void {
    this.waiters.delete(waiter);
  }

  /** A free place goes to the first that waits, before a new request can take it. */
  private admitWaiting(): void {
    for (const waiter of this.waiters) {
      if (this.isFull) return;
      waiter.admit(this.take());
    }
  }
}
