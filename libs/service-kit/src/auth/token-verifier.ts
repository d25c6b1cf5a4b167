import { AppError, authTokenRevoked, authVerifyKey, type Caller } from '@antiphon/contracts';
import { LRUCache } from 'lru-cache';
import type { Strategy } from 'passport-jwt';
import type { RpcBus } from '../rpc/rpc-bus.ts';
import { authWaitMs } from './auth-wait.ts';
import type { VerifiedToken } from './caller.strategy.ts';

/** How long an answer about a key or a revoked token may be used again. */
const keyCacheMs = 5_000;
const revocationCacheMs = 10_000;
const cacheSize = 10_000;
const askTimeoutMs = 2_000;

/** What clients send where a key is asked for but none is needed. */
const placeholderKey = 'EMPTY';

/** The user that calls without a token are, where the stack lets them in. */
const localCaller: Caller = Object.freeze({
  userId: 'user_local',
  tenantId: 'user_local',
  kind: 'user',
  scopes: [],
});

export interface Credentials {
  authorization: string | undefined;
  apiKey: string | undefined;
}

interface CachedToken extends VerifiedToken {
  /** When it was last asked whether it is revoked. */
  askedAtMs: number;
}

/** Says who a request is from. Verifying a signature costs 300 times a look-up, so a token that verified is remembered until it expires. */
export class TokenVerifier {
  private readonly tokens = new LRUCache<string, CachedToken>({ max: cacheSize });
  private readonly keys = new LRUCache<string, { caller: Caller | null }>({
    max: cacheSize,
    ttl: keyCacheMs,
  });

  constructor(
    private readonly strategy: Strategy,
    private readonly bus: RpcBus,
    private readonly options: { anonymous: boolean },
  ) {}

  /** Throws `unauthenticated`, or `unavailable` where nobody can tell right now. */
  async verify(credentials: Credentials): Promise<Caller> {
    const bearer = bearerOf(credentials.authorization);
    const secret = bearer ?? credentials.apiKey;
    if (secret === undefined || secret === placeholderKey) {
      if (this.options.anonymous && (credentials.authorization === undefined || secret === placeholderKey))
        return localCaller;
      throw new AppError(
        'unauthenticated',
        'Send an access token or an API key: "Authorization: Bearer <token>".',
      );
    }
    return secret.startsWith('sk_') ? this.verifyKey(secret) : this.verifyToken(secret);
  }

  private async verifyKey(key: string): Promise<Caller> {
    let cached = this.keys.get(key);
    if (!cached) {
      cached =
        key.length <= 256
          ? await this.bus.call(authVerifyKey, { key }, { timeoutMs: askTimeoutMs, waitMs: authWaitMs })
          : { caller: null };
      this.keys.set(key, cached);
    }
    if (!cached.caller) throw new AppError('unauthenticated', 'The API key is unknown or was revoked.');
    return cached.caller;
  }

  private async verifyToken(token: string): Promise<Caller> {
    let cached = this.tokens.get(token);
    if (!cached) {
      cached = { ...(await authenticate(this.strategy, token)), askedAtMs: -Infinity };
      this.tokens.set(token, cached);
    }
    if (cached.expiresAtMs <= Date.now()) {
      this.tokens.delete(token);
      throw new AppError('unauthenticated', 'The access token has expired: refresh it or log in again.');
    }
    await this.refuseRevoked(token, cached);
    return cached.caller;
  }

  /** While the auth service is away, tokens that verify go on working: they expire within minutes. */
  private async refuseRevoked(token: string, cached: CachedToken): Promise<void> {
    if (performance.now() - cached.askedAtMs < revocationCacheMs) return;
    cached.askedAtMs = performance.now();
    const { revoked } = await this.bus
      .call(authTokenRevoked, { tokenId: cached.tokenId }, askTimeoutMs)
      .catch(() => ({ revoked: false }));
    if (!revoked) return;
    this.tokens.delete(token);
    throw new AppError('unauthenticated', 'The access token was revoked: log in again.');
  }
}

function bearerOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '';
}

/** Runs the passport strategy on a token: passport's own actions are methods that its caller puts on the strategy. */
function authenticate(strategy: Strategy, token: string): Promise<VerifiedToken> {
  return new Promise((resolve, reject) => {
    const refuse = (info?: unknown) =>
      reject(
        info instanceof AppError ? info : new AppError('unauthenticated', reasonOf(info), { cause: info }),
      );
    const attempt = Object.assign(Object.create(strategy) as Strategy, {
      success: (verified: object) => resolve(verified as VerifiedToken), // what createCallerStrategy hands to `done`
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
