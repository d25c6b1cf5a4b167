import type { KeyObject } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import type { Exchange, Plugin, Reply } from '../exchange.ts';
import type { JwtConfig } from '../routing/kong-config.ts';

export interface JwtOptions {
  /** Returns the key with this id, from the cache or from auth. */
  readonly findKey: (kid: string) => KeyObject | undefined | Promise<KeyObject | undefined>;
  /** Username of the consumer for every valid token. */
  readonly consumer: string;
  /** Verified tokens and their expiry in seconds: a look-up costs a hundredth of a verification. */
  readonly verified: LRUCache<string, number>;
  readonly now: () => number;
}

/**
 * Separates callers with a valid token from all others. Only RS256 with auth's keys is valid. The services verify every token themselves
 * and identify the caller.
 */
export function jwt(config: JwtConfig, options: JwtOptions): Plugin {
  return {
    access(exchange) {
      const token = bearerToken(exchange);
      const isValid = token === undefined ? false : verify(token, options);
      return isValid instanceof Promise
        ? isValid.then((valid) => admit(exchange, valid, config, options))
        : admit(exchange, isValid, config, options);
    },
  };
}

function admit(
  exchange: Exchange,
  isValid: boolean,
  config: JwtConfig,
  options: JwtOptions,
): Reply | undefined {
  exchange.consumer = isValid ? options.consumer : config.anonymous;
  return exchange.consumer === undefined ? unauthorized : undefined;
}

const unauthorized: Reply = {
  status: 401,
  message: 'Unauthorized',
  headers: { 'www-authenticate': 'Bearer' },
};

function bearerToken({ headers }: Exchange): string | undefined {
  return /^\s*bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1];
}

function verify(token: string, options: JwtOptions): boolean | Promise<boolean> {
  const nowSeconds = Math.floor(options.now() / 1_000);
  const expiry = options.verified.get(token);
  if (expiry !== undefined) return expiry > nowSeconds;
  const kid = keyId(token);
  if (kid === undefined) return false;
  const key = options.findKey(kid);
  return key instanceof Promise
    ? key.then((found) => verifyWith(token, found, nowSeconds, options))
    : verifyWith(token, key, nowSeconds, options);
}

function verifyWith(
  token: string,
  key: KeyObject | undefined,
  nowSeconds: number,
  { verified }: JwtOptions,
): boolean {
  if (key === undefined) return false;
  try {
    const claims = jsonwebtoken.verify(token, key, {
      algorithms: ['RS256'],
      clockTimestamp: nowSeconds,
      ignoreNotBefore: true,
    });
    if (typeof claims === 'string' || claims.exp === undefined) return false;
    verified.set(token, claims.exp);
    return true;
  } catch {
    // Any error of the token makes the caller anonymous.
    return false;
  }
}

function keyId(token: string): string | undefined {
  try {
    const kid = jsonwebtoken.decode(token, { complete: true })?.header.kid;
    return typeof kid === 'string' && /^[\w-]{1,64}$/.test(kid) ? kid : undefined;
  } catch {
    // The payload is not JSON.
    return undefined;
  }
}
