import { AppError } from '@antiphon/contracts';

/** How long large data waits for room, and when its sender may retry. */
const defaultWaitMs = 10_000;
const retryAfterMs = 2_000;

export interface ByteRoomSizes {
  /** Bytes that may be taken at the same time. Larger data is admitted when the room is empty. */
  bytesMax: number;
  /** Bytes that one holder may have at the same time. */
  holderBytesMax: number;
  /** Smaller data is not counted and never waits. */
  smallBytes: number;
  /** Requests for room that may wait. */
  waitingMax: number;
}

/** Releases the room; further calls do nothing. */
export type Release = () => void;

interface Waiting {
  bytes: number;
  holder: string;
  settle: (release: Release | null) => void;
}

/** Bounds the bytes of callers' data at work in this process. Room is granted in the order of arrival, and each holder has a share of it. */
export class ByteRoom {
  private readonly held = new Map<string, number>();
  private readonly waiting = new Set<Waiting>();
  private used = 0;

  constructor(
    private readonly sizes: ByteRoomSizes,
    private readonly waitMs = defaultWaitMs,
  ) {}

  /** Takes room immediately; null where there is none. */
  tryTake(bytes: number, holder: string): Release | null {
    if (bytes < this.sizes.smallBytes) return () => undefined;
    return this.fits(bytes, holder) ? this.reserve(bytes, holder) : null;
  }

  /** Waits for room. Throws `rate_limited` where there is none in time, or where too many wait already. */
  async take(bytes: number, holder: string): Promise<Release> {
    const isSmall = bytes < this.sizes.smallBytes;
    const release = !isSmall && this.isQueued(holder) ? null : this.tryTake(bytes, holder);
    const given = release ?? (await this.wait(bytes, holder));
    if (given) return given;
    throw new AppError(
      'rate_limited',
      'Too many large requests are being worked on. Wait for some of yours to end, or send smaller ones.',
      { retryAfterMs },
    );
  }

  private wait(bytes: number, holder: string): Promise<Release | null> {
    if (this.waiting.size >= this.sizes.waitingMax) return Promise.resolve(null);
    return new Promise((resolve) => {
      const waiting: Waiting = {
        bytes,
        holder,
        settle: (given) => {
          clearTimeout(timer);
          this.waiting.delete(waiting);
          resolve(given);
        },
      };
      const timer = setTimeout(() => waiting.settle(null), this.waitMs);
      this.waiting.add(waiting);
    });
  }

  private isQueued(holder: string): boolean {
    return [...this.waiting].some((waiting) => waiting.holder === holder);
  }

  private fits(bytes: number, holder: string): boolean {
    const { bytesMax, holderBytesMax } = this.sizes;
    const held = this.held.get(holder) ?? 0;
    return (
      (this.used === 0 || this.used + bytes <= bytesMax) && (held === 0 || held + bytes <= holderBytesMax)
    );
  }

  private reserve(bytes: number, holder: string): Release {
    this.used += bytes;
    this.held.set(holder, (this.held.get(holder) ?? 0) + bytes);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.used -= bytes;
      const left = (this.held.get(holder) ?? bytes) - bytes;
      if (left === 0) this.held.delete(holder);
      else this.held.set(holder, left);
      for (const waiting of this.waiting)
        if (this.fits(waiting.bytes, waiting.holder))
          waiting.settle(this.reserve(waiting.bytes, waiting.holder));
    };
  }
}
