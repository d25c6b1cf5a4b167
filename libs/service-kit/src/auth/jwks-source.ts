import { createPublicKey, type KeyObject } from 'node:crypto';
import { AppError } from '@antiphon/contracts';
import type { Logger } from 'pino';
import { request } from 'undici';
import { z } from 'zod';

const KeySet = z.object({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.string() })) });

const fetchTimeoutMs = 5_000;
/** How old keys may get before they are fetched again in passing. */
const freshForMs = 300_000;
/** Unknown key ids make at most one fetch in this time, so that made-up ones cannot be used to hammer the auth service. */
const coolDownMs = 5_000;

/** The public keys that tokens are signed with, by key id. Known keys go on working while the auth service is away. */
export class JwksSource {
  private keys = new Map<string, KeyObject>();
  private fetchedAtMs = -Infinity;
  private fetching: Promise<void> | null = null;

  constructor(
    private readonly url: string,
    private readonly logger: Logger,
  ) {}

  /** Null for a key that does not exist. Throws `unavailable` where no key could ever be fetched. */
  async key(kid: string): Promise<KeyObject | null> {
    const known = this.keys.get(kid);
    const ageMs = performance.now() - this.fetchedAtMs;
    if (known) {
      if (ageMs > freshForMs) void this.refresh();
      return known;
    }
    if (ageMs > coolDownMs) await this.refresh();
    if (this.keys.size === 0) {
      throw new AppError('unavailable', 'Tokens cannot be checked right now.', { retryAfterMs: coolDownMs });
    }
    return this.keys.get(kid) ?? null;
  }

  private refresh(): Promise<void> {
    this.fetching ??= this.fetch().finally(() => (this.fetching = null));
    return this.fetching;
  }

  private async fetch(): Promise<void> {
    try {
      const { statusCode, body } = await request(this.url, { signal: AbortSignal.timeout(fetchTimeoutMs) });
      const { keys } = KeySet.parse(await body.json());
      if (statusCode !== 200) throw new Error(`status ${statusCode}`);
      this.keys = new Map(keys.map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })]));
      this.fetchedAtMs = performance.now();
    } catch (error) {
      this.logger.warn({ err: error }, 'the signing keys could not be fetched');
    }
  }
}
