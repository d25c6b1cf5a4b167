import { createPublicKey, type KeyObject } from 'node:crypto';
import { AppError } from '@antiphon/contracts';
import { request } from 'undici';
import { z } from 'zod';
import { retryRequest } from '../bus/retry-request.ts';

/** The address of the keys, and how often they may be fetched. */
export interface SigningKeysConfig {
  url: string;
  maxAgeMs: number;
  /** The least time between two fetches, so that tokens with invented key ids cannot flood the auth service. */
  cooldownMs: number;
  timeoutMs: number;
  /** How long a request waits for an auth service that restarts. */
  waitMs: number;
}

/** The least time after a failed fetch. Shorter than the cool-down, since the service may be starting. */
const retryAfterFailureMs = 1_000;

/** The public RS256 keys of the auth service, by key id. Known keys stay in use while it is away. */
export class PublishedKeys {
  private keys: ReadonlyMap<string, KeyObject> = new Map();
  private loadedAtMs = -Infinity;
  private nextLoadMs = -Infinity;
  /** The keys may be older than those that the auth service has. */
  private hasFailed = false;
  private loading: Promise<void> | undefined;

  constructor(
    private readonly config: SigningKeysConfig,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * The key, at once if it is known; fetches an unknown one, within the cool-down's bounds, and waits a moment for an auth service that
   * restarts. Errors: `unavailable` where the auth service does not answer.
   */
  find(kid: string): KeyObject | undefined | Promise<KeyObject | undefined> {
    const known = this.keys.get(kid);
    const isStale = this.now() - this.loadedAtMs > this.config.maxAgeMs;
    if (known !== undefined) {
      if (isStale) void this.load();
      return known;
    }
    return retryRequest(() => this.ask(kid), { waitMs: this.config.waitMs, isRepeatable: true });
  }

  /** Fetches the keys unless the last fetch is recent. Failures leave the keys unchanged. */
  load(): Promise<void> {
    this.loading ??= this.loadWhenDue().finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  private async ask(kid: string): Promise<KeyObject | undefined> {
    await this.load();
    const key = this.keys.get(kid);
    if (key === undefined && this.hasFailed)
      throw new AppError('unavailable', 'Tokens cannot be checked right now.', {
        retryAfterMs: 2_000,
        unanswered: 'not_begun',
      });
    return key;
  }

  private async loadWhenDue(): Promise<void> {
    const { url, timeoutMs, cooldownMs } = this.config;
    if (this.now() < this.nextLoadMs) return;
    try {
      this.keys = await fetchKeys(url, timeoutMs);
      this.hasFailed = false;
      this.loadedAtMs = this.now();
      this.nextLoadMs = this.now() + cooldownMs;
    } catch {
      this.hasFailed = true;
      this.nextLoadMs = this.now() + Math.min(retryAfterFailureMs, cooldownMs);
    }
  }
}

const Jwks = z.object({
  keys: z.array(
    z.object({
      kty: z.string(),
      kid: z.string().regex(/^[\w-]{1,64}$/),
      alg: z.string().optional(),
      n: z.string().optional(),
      e: z.string().optional(),
    }),
  ),
});

async function fetchKeys(url: string, timeoutMs: number): Promise<ReadonlyMap<string, KeyObject>> {
  const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(timeoutMs) });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`${url} answers ${statusCode}`);
  const jwks = Jwks.parse(JSON.parse(text));
  const usable = jwks.keys.filter((key) => key.kty === 'RSA' && (key.alg ?? 'RS256') === 'RS256');
  return new Map(usable.map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })]));
}
