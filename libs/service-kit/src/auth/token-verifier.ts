import { AppError, authTokenRevoked, authVerifyKey, type Caller } from '@antiphon/contracts';
import { LRUCache } from 'lru-cache';
import type { Strategy } from 'passport-jwt';
import type { BusClient } from '../bus/bus-client.ts';
import type { VerifiedToken } from './caller.strategy.ts';
import { type Credentials, secretOf } from './credentials.ts';

/** How long an answer about a key or a token is cached. Revocations arrive over the bus meanwhile. */
const keyCacheMs = 5_000;
const revocationCacheMs = 10_000;
const cacheSize = 10_000;
const askTimeoutMs = 2_000;
/** How long a revocation is remembered here: longer than any access token lives. Afterwards the auth service answers again. */
const revokedKeptMs = 24 * 3_600_000;

/** The key that clients send where they require one and the server needs none. */
const placeholderKey = 'EMPTY';

/** The user of calls without a token, where the stack allows them. It owns the machine and its only data, so it may call tools and switch providers. */
export const localUserId = 'user_local';
const localCaller: Caller = Object.freeze({
  userId: localUserId,
  tenantId: localUserId,
  kind: 'user',
  scopes: ['tools', 'admin'],
});

/** The local user of a request without a credential or with the placeholder key; null for other requests. For stacks that allow calls without a token. */
export function localCallerOf(credentials: Credentials): Caller | null {
  const secret = secretOf(credentials);
  const isLocal = secret === undefined ? credentials.authorization === undefined : secret === placeholderKey;
  return isLocal ? localCaller : null;
}

/**
 * Finds the caller of a request. Verifying a signature costs 300 times a look-up, so a verified token is remembered until it expires.
 * Concurrent requests with one token or key share one request to the auth service. A revoked credential is refused at once where the
 * signal `auth.revoked` arrives, and otherwise as soon as the cached answer is too old.
 */
export class TokenVerifier {
  private readonly tokens = new LRUCache<string, VerifiedToken>({ max: cacheSize });
  private readonly keys: LRUCache<string, { caller: Caller | null }>;
  /** Answers about tokens, by their ids; the context is the token. */
  private readonly answers: LRUCache<string, { revoked: boolean }, VerifiedToken>;
  /** Ids of tokens, logins and keys that were revoked. */
  private readonly revoked = new LRUCache<string, true>({ max: cacheSize, ttl: revokedKeptMs });
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly strategy: Strategy,
    private readonly bus: BusClient,
    private readonly options: { anonymous: boolean; waitMs: number },
  ) {
    this.keys = new LRUCache({
      max: cacheSize,
      ttl: keyCacheMs,
      ignoreFetchAbort: true, // an evicted entry still answers the calls that wait for it
      fetchMethod: (key) =>
        this.bus.call(authVerifyKey, { key }, { timeoutMs: askTimeoutMs, waitMs: this.options.waitMs }),
    });
    this.answers = new LRUCache({
      max: cacheSize,
      ttl: revocationCacheMs,
      ignoreFetchAbort: true,
      fetchMethod: (_tokenId, _stale, { context }) => this.askWhetherRevoked(context),
    });
  }

  /** Throws `unauthenticated`, or `unavailable` while the auth service does not answer. */
  async verify(credentials: Credentials): Promise<Caller> {
    const secret = secretOf(credentials);
    if (secret === undefined || secret === placeholderKey) {
      const local = this.options.anonymous ? localCallerOf(credentials) : null;
      if (local) return local;
      throw new AppError(
        'unauthenticated',
        'Send an access token or an API key: "Authorization: Bearer <token>".',
      );
    }
    return secret.startsWith('sk_') ? this.verifyKey(secret) : this.verifyToken(secret);
  }

  /** Refuses the credentials of these ids from now on: tokens (`jti`), logins (`sid`) and API keys. */
  revoke(ids: readonly string[]): void {
    for (const id of ids) this.revoked.set(id, true);
    for (const listener of this.listeners) listener();
  }

  /** Calls the listener after each revocation, for connections that stay open, until the returned function is called. */
  onRevoked(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private async verifyKey(key: string): Promise<Caller> {
    const answer = key.length <= 256 ? await this.keys.fetch(key) : undefined;
    const caller = answer?.caller;
    if (!caller || (caller.keyId !== undefined && this.revoked.has(caller.keyId)))
      throw new AppError('unauthenticated', 'The API key is unknown or was revoked.');
    return caller;
  }

  private async verifyToken(token: string): Promise<Caller> {
    let verified = this.tokens.get(token);
    if (!verified) {
      verified = await authenticate(this.strategy, token);
      this.tokens.set(token, verified);
    }
    if (verified.expiresAtMs <= Date.now()) {
      this.tokens.delete(token);
      throw new AppError('unauthenticated', 'The access token has expired: refresh it or log in again.');
    }
    if (await this.isRevoked(verified))
      throw new AppError('unauthenticated', 'The access token was revoked: log in again.');
    return verified.caller;
  }

  private async isRevoked(token: VerifiedToken): Promise<boolean> {
    if (this.isKnownRevoked(token)) return true;
    if (!this.answers.has(token.tokenId)) await this.answers.fetch(token.tokenId, { context: token });
    // Looked up after the answer: a revocation may have come over the bus while the answer was on its way.
    return this.isKnownRevoked(token);
  }

  private isKnownRevoked({ tokenId, sessionId, caller }: VerifiedToken): boolean {
    return [tokenId, sessionId, caller.keyId].some((id) => id !== undefined && this.revoked.has(id));
  }

  /** While the auth service is away, tokens that verify and are not known as revoked are accepted: they expire within minutes. */
  private async askWhetherRevoked({ tokenId, issuedAt }: VerifiedToken): Promise<{ revoked: boolean }> {
    const question = { tokenId, ...(issuedAt !== undefined && { issuedAt }) };
    const answer = await this.bus
      .call(authTokenRevoked, question, askTimeoutMs)
      .catch(() => ({ revoked: false }));
    if (answer.revoked) this.revoked.set(tokenId, true);
    return answer;
  }
}

/** Runs the passport strategy on a token: passport's own actions are methods that its caller puts on the strategy. */
function authenticate(strategy: Strategy, token: string): Promise<VerifiedToken> {
  return new Promise((resolve, reject) => {
    const refuse = (info?: unknown) =>
      reject(
        info instanceof AppError ? info : new AppError('unauthenticated', reasonOf(info), { cause: info }),
      );
    const attempt = Object.assign(Object.create(strategy) as Strategy, {
      success: (verified: object) => resolve(verified as VerifiedToken), // createCallerStrategy passes it to `done`
      fail: refuse,
      error: (error: unknown) => (error instanceof AppError ? reject(error) : refuse(error)),
    });
    void attempt.authenticate({ headers: { authorization: `Bearer ${token}` } } as Parameters<
      Strategy['authenticate']
    >[0]); // it reads nothing else
  });
}

function reasonOf(info: unknown): string {
  const isExpired = info instanceof Error && info.name === 'TokenExpiredError';
  return isExpired
    ? 'The access token has expired: refresh it or log in again.'
    : 'The access token is not valid: log in again.';
}
