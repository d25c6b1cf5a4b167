import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { request } from 'undici';
import { z } from 'zod';

/** Where the keys come from, and how often that may be asked. */
export interface SigningKeysOptions {
  readonly url: string;
  readonly maxAgeMs: number;
  /** The least time between two questions, so that made-up key ids cannot be used to hammer auth. */
  readonly cooldownMs: number;
  readonly timeoutMs: number;
  readonly now: () => number;
}

/** After a failed question the next one need not wait for the whole cool-down: auth may just be starting. */
const retryAfterFailureMs = 1_000;

/** Auth's public RS256 keys by `kid`. Known keys go on serving while auth is down. */
export class SigningKeys {
  readonly #options: SigningKeysOptions;
  #keys: ReadonlyMap<string, KeyObject> = new Map();
  #loadedAtMs = Number.NEGATIVE_INFINITY;
  #nextLoadMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;

  constructor(options: SigningKeysOptions) {
    this.#options = options;
  }

  /** The key, at once if it is known; asks auth for an unknown one, within the cool-down's bounds. */
  find(kid: string): KeyObject | undefined | Promise<KeyObject | undefined> {
    const known = this.#keys.get(kid);
    const isStale = this.#options.now() - this.#loadedAtMs > this.#options.maxAgeMs;
    if (known !== undefined) {
      if (isStale) void this.load();
      return known;
    }
    return this.load().then(() => this.#keys.get(kid));
  }

  /** Asks auth unless it was asked a moment ago. Failures leave the keys as they are. */
  load(): Promise<void> {
    this.#loading ??= this.#loadWhenDue().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #loadWhenDue(): Promise<void> {
    const { url, timeoutMs, cooldownMs, now } = this.#options;
    if (now() < this.#nextLoadMs) return;
    try {
      this.#keys = await fetchKeys(url, timeoutMs);
      this.#loadedAtMs = now();
      this.#nextLoadMs = now() + cooldownMs;
    } catch {
      // Tokens that cannot be verified go on as anonymous, which the caller of `find` and the services see to.
      this.#nextLoadMs = now() + Math.min(retryAfterFailureMs, cooldownMs);
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
