import { AppError } from '@antiphon/contracts';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';

const windowMs = 60_000;
/** The most addresses that are remembered; the least recently seen is forgotten first. */
const addressesMax = 10_000;

interface Spent {
  bytes: number;
  windowEndsMs: number;
}

/** Limits the bytes of bodies of an address in the minute after its first. Each process counts on its own. */
export class ByteBudget {
  private readonly spent = new LRUCache<string, Spent>({ max: addressesMax });

  constructor(
    private readonly bytesMax: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Throws `rate_limited` where the budget is used up. */
  assertLeft(address: string): void {
    const spent = this.spentBy(address);
    if (!spent || spent.bytes < this.bytesMax) return;
    throw new AppError(
      'rate_limited',
      'This address has sent too much without a valid credential. Send an access token or an API key, or wait.',
      { retryAfterMs: Math.max(1, spent.windowEndsMs - this.now()) },
    );
  }

  spend(address: string, bytes: number): void {
    const spent = this.spentBy(address);
    if (spent) spent.bytes += bytes;
    else this.spent.set(networkOf(address), { bytes, windowEndsMs: this.now() + windowMs });
  }

  private spentBy(address: string): Spent | undefined {
    const spent = this.spent.get(networkOf(address));
    return spent && spent.windowEndsMs > this.now() ? spent : undefined;
  }
}

/** An IPv6 client has 2^64 addresses, which count as one. */
function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).join(':') : parsed.toString();
}
