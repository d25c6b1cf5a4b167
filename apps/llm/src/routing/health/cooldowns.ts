import type { AppError } from '@antiphon/contracts';
import { LRUCache } from 'lru-cache';
import { ProviderFault } from '../../providers/errors/provider-errors.ts';

export interface CooldownLimits {
  /** After a rate limit without `Retry-After`. */
  rateLimitCooldownMs: number;
  /** After refused credentials and an empty account. */
  accountCooldownMs: number;
}

export type CooldownReason = 'rate_limit' | 'credentials' | 'quota';

/** The cooldown of a provider, or of one of its models. */
export interface Cooldown {
  provider: string;
  /** Null: all its models. */
  model: string | null;
  reason: CooldownReason;
  /** How long from now, in milliseconds. */
  forMs: number;
}

/** Cooldowns that are kept. */
const keptMax = 10_000;
/** The longest cooldown in milliseconds, even if a provider requests more. */
const longestMs = 600_000;

/** The providers and models in cooldown. */
export class Cooldowns {
  private readonly untilMs = new LRUCache<string, Omit<Cooldown, 'forMs'> & { untilMs: number }>({
    max: keptMax,
  });

  constructor(private readonly nowMs: () => number) {}

  add({ forMs, ...cooldown }: Cooldown): void {
    const untilMs = this.nowMs() + Math.min(forMs, longestMs);
    this.untilMs.set(keyFor(cooldown.provider, cooldown.model), { ...cooldown, untilMs });
  }

  isCooling(provider: string, model: string): boolean {
    if (this.untilMs.size === 0) return false;
    return this.isKept(keyFor(provider, null)) || this.isKept(keyFor(provider, model));
  }

  /** A model has answered: ends its cooldown and its provider's. */
  clear(provider: string, model: string): void {
    if (this.untilMs.size === 0) return;
    this.untilMs.delete(keyFor(provider, null));
    this.untilMs.delete(keyFor(provider, model));
  }

  get all(): Cooldown[] {
    const nowMs = this.nowMs();
    return [...this.untilMs.values()]
      .filter(({ untilMs }) => untilMs > nowMs)
      .map(({ untilMs, ...cooldown }) => ({ ...cooldown, forMs: Math.ceil(untilMs - nowMs) }));
  }

  private isKept(key: string): boolean {
    const kept = this.untilMs.get(key);
    if (kept === undefined) return false;
    if (kept.untilMs > this.nowMs()) return true;
    this.untilMs.delete(key);
    return false;
  }
}

/** A slash cannot be in the name of a provider. */
function keyFor(provider: string, model: string | null): string {
  return model === null ? provider : `${provider}/${model}`;
}

/** The cooldown that an error demands; null for none. */
export function cooldownAfter(
  error: AppError,
  { provider, model }: { provider: string; model: string },
  limits: CooldownLimits,
): Cooldown | null {
  const kind = error.cause instanceof ProviderFault ? error.cause.kind : null;
  switch (kind) {
    case 'rate_limit':
      return { provider, model, reason: kind, forMs: error.retryAfterMs ?? limits.rateLimitCooldownMs };
    case 'credentials':
    case 'quota':
      return { provider, model: null, reason: kind, forMs: limits.accountCooldownMs };
    default:
      return null;
  }
}
