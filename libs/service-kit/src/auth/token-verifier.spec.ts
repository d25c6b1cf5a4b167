import { once } from 'node:events';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError, authRevoked, authTokenRevoked, authVerifyKey } from '@antiphon/contracts';
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryBus } from '../bus/memory-bus.ts';
import { serve } from '../testing/serve.ts';
import { createCallerStrategy } from './caller.strategy.ts';
import { PublishedKeys } from './published-keys.ts';
import { RevocationsHandler } from './revocations.handler.ts';
import { TokenVerifier } from './token-verifier.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const foreignKey = generateKeyPairSync('rsa', { modulusLength: 2048 });
const claims = { kind: 'guest', scopes: ['all'], jti: 'token-1' };

let jwks: Server;
let jwksUrl: string;
let fetches = 0;
beforeAll(async () => {
  jwks = createServer((_request, response) => {
    fetches++;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'key-1', alg: 'RS256' }] }),
    );
  });
  await new Promise<void>((resolve) => jwks.listen(0, '127.0.0.1', resolve));
  jwksUrl = `http://127.0.0.1:${(jwks.address() as AddressInfo).port}/`;
});
afterAll(() => jwks.close());

function sign(
  key: KeyObject | string = privateKey,
  options: jwt.SignOptions = {},
  payload: object = claims,
): string {
  return jwt.sign(payload, key, {
    algorithm: 'RS256',
    header: { alg: 'RS256', typ: 'at+jwt' },
    keyid: 'key-1',
    subject: 'user_1',
    issuer: 'antiphon',
    audience: 'antiphon',
    expiresIn: 60,
    ...options,
  });
}

function verifier(options: { anonymous?: boolean; revoked?: string } = {}) {
  const bus = new MemoryBus();
  answerAsAuth(bus, options);
  return verifierOn(bus, options);
}

function answerAsAuth(bus: MemoryBus, options: { revoked?: string } = {}): void {
  bus.handle(authTokenRevoked, async ({ tokenId }) => ({ revoked: tokenId === options.revoked }));
  bus.handle(authVerifyKey, async ({ key }) => ({
    caller:
      key === 'sk_good' ? { userId: 'user_2', tenantId: 'user_2', kind: 'key' as const, scopes: [] } : null,
  }));
}

const waitMs = 10_000;
const signingKeysAt = (url: string) => ({
  url,
  maxAgeMs: 60_000,
  cooldownMs: 5_000,
  timeoutMs: 2_000,
  waitMs,
});

function verifierOn(bus: MemoryBus, options: { anonymous?: boolean; waitMs?: number } = {}) {
  const signingKeys = {
    ...signingKeysAt(jwksUrl),
    ...(options.waitMs !== undefined && { waitMs: options.waitMs }),
  };
  const config = {
    signingKeys,
    issuer: 'antiphon',
    audience: 'antiphon',
    anonymous: options.anonymous ?? false,
    waitMs: signingKeys.waitMs,
  };
  const strategy = createCallerStrategy(config, new PublishedKeys(signingKeys));
  return new TokenVerifier(strategy, bus, config);
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}`, apiKey: undefined });
const refused = { code: 'unauthenticated' };

describe('an auth service that is away', () => {
  it('delays a token that needs its keys, and an API key', async () => {
    const { port } = new URL(jwksUrl);
    jwks.close();
    await once(jwks, 'close');
    const bus = new MemoryBus();
    const impatient = verifierOn(bus, { waitMs: 50 });
    const [byToken, byKey] = await Promise.all(
      [sign(), 'sk_good'].map((secret) => impatient.verify(bearer(secret)).catch((error: unknown) => error)),
    );
    expect([byToken, byKey]).toMatchObject(
      Array.from({ length: 2 }, () => ({ code: 'unavailable', retryAfterMs: 2_000 })),
    );
    const tokens = verifierOn(bus);
    const again = Promise.all([tokens.verify(bearer(sign())), tokens.verify(bearer('sk_good'))]);
    jwks.listen(Number(port), '127.0.0.1');
    answerAsAuth(bus);
    expect((await again).map(({ userId }) => userId)).toEqual(['user_1', 'user_2']);
  });
});

describe('TokenVerifier', () => {
  it('finds the caller of a token, and fetches the keys once', async () => {
    const tokens = verifier();
    fetches = 0;
    const expected = { userId: 'user_1', tenantId: 'user_1', kind: 'guest', scopes: ['all'] };
    expect(await tokens.verify(bearer(sign()))).toEqual(expected);
    expect(await tokens.verify(bearer(sign(privateKey, { expiresIn: 90 })))).toEqual(expected);
    expect(fetches).toBe(1);
  });

  it.each([
    ['signed by another key', () => sign(foreignKey.privateKey)],
    ['of an unknown key', () => sign(privateKey, { keyid: 'key-9' })],
    [
      'without a key id',
      () => jwt.sign(claims, privateKey, { algorithm: 'RS256', subject: 'a', expiresIn: 60 }),
    ],
    ['for another audience', () => sign(privateKey, { audience: 'other' })],
    ['of another issuer', () => sign(privateKey, { issuer: 'other' })],
    ['signed with the public key as a shared secret', () => hmacForgery()],
    ['that is not signed', () => unsigned()],
    [
      'signed with another algorithm',
      () => sign(privateKey, { algorithm: 'RS512', header: { alg: 'RS512', typ: 'at+jwt' } }),
    ],
    ['that has expired', () => sign(privateKey, { expiresIn: -60 })],
    ['of another type', () => sign(privateKey, { header: { alg: 'RS256', typ: 'JWT' } })],
    ['without an id', () => sign(privateKey, {}, { kind: 'guest' })],
    ['of an unknown kind', () => sign(privateKey, {}, { ...claims, kind: 'root' })],
    ['that is no token', () => 'a.b.c'],
  ])('refuses a token %s', async (_what, token) => {
    await expect(verifier().verify(bearer(token()))).rejects.toMatchObject(refused);
  });

  it('refuses a credential that is not a bearer token, and a missing one', async () => {
    const tokens = verifier();
    for (const authorization of [undefined, '', 'Basic dTpw', 'Bearer', 'Bearer a b']) {
      await expect(tokens.verify({ authorization, apiKey: undefined })).rejects.toMatchObject(refused);
    }
  });

  it('refuses a token that was revoked', async () => {
    await expect(verifier({ revoked: 'token-1' }).verify(bearer(sign()))).rejects.toMatchObject(refused);
  });

  it('accepts API keys, as bearer token and in their own header', async () => {
    const tokens = verifier();
    expect(await tokens.verify(bearer('sk_good'))).toMatchObject({ userId: 'user_2', kind: 'key' });
    expect(await tokens.verify({ authorization: undefined, apiKey: 'sk_good' })).toMatchObject({
      userId: 'user_2',
    });
    await expect(tokens.verify(bearer('sk_bad'))).rejects.toMatchObject(refused);
  });

  it('admits calls without a token where the configuration allows it, and refuses invalid tokens', async () => {
    const tokens = verifier({ anonymous: true });
    for (const credentials of [{ authorization: undefined, apiKey: undefined }, bearer('EMPTY')]) {
      expect(await tokens.verify(credentials)).toMatchObject({ userId: 'user_local' });
    }
    await expect(tokens.verify(bearer('wrong'))).rejects.toMatchObject(refused);
    await expect(tokens.verify(bearer('sk_bad'))).rejects.toMatchObject(refused);
    await expect(tokens.verify({ authorization: 'Basic dTpw', apiKey: undefined })).rejects.toMatchObject(
      refused,
    );
  });
});

describe('a revoked credential', () => {
  /** An auth service whose answers change. */
  function auth() {
    const bus = new MemoryBus();
    const state = { revoked: false, isAway: false, requests: 0, onRequest: () => undefined as void };
    bus.handle(authTokenRevoked, async () => {
      state.requests++;
      const answer = { revoked: state.revoked };
      await new Promise(setImmediate);
      state.onRequest();
      if (state.isAway) throw new AppError('unavailable', 'away');
      return answer;
    });
    const key = { userId: 'user_2', tenantId: 'user_2', kind: 'key' as const, scopes: [], keyId: 'key_1' };
    bus.handle(authVerifyKey, async () => {
      state.requests++;
      await new Promise(setImmediate);
      return { caller: state.revoked ? null : key };
    });
    const config = {
      signingKeys: signingKeysAt(jwksUrl),
      issuer: 'antiphon',
      audience: 'antiphon',
      anonymous: false,
      waitMs,
    };
    const strategy = createCallerStrategy(config, new PublishedKeys(config.signingKeys));
    const tokens = new TokenVerifier(strategy, bus, config);
    serve(bus, new RevocationsHandler(tokens));
    return { bus, state, tokens };
  }

  const delivered = () => new Promise(setImmediate);
  const session = { ...claims, sid: 'sess_1' };

  it.each([
    ['token', () => sign()],
    ['key', () => 'sk_good'],
  ])(
    'is refused by each of many requests at once, with one request to auth: a %s',
    async (_what, credential) => {
      const { state, tokens } = auth();
      state.revoked = true;
      const secret = credential();
      const results = await Promise.allSettled(
        Array.from({ length: 64 }, () => tokens.verify(bearer(secret))),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toEqual([]);
      expect(state.requests).toBe(1);
    },
  );

  it('stays refused while the auth service is away', async () => {
    const { state, tokens } = auth();
    state.revoked = true;
    const token = sign();
    await expect(tokens.verify(bearer(token))).rejects.toMatchObject(refused);
    state.isAway = true;
    state.revoked = false;
    await expect(tokens.verify(bearer(token))).rejects.toMatchObject(refused);
  });

  it.each([
    ['a token', 'token-1', () => sign(privateKey, {}, session)],
    ['a login', 'sess_1', () => sign(privateKey, {}, session)],
    ['an API key', 'key_1', () => 'sk_good'],
  ])(
    'is refused as soon as its revocation arrives, though the answer is cached: %s',
    async (_what, id, credential) => {
      const { bus, tokens } = auth();
      const secret = credential();
      await tokens.verify(bearer(secret));
      let calls = 0;
      const stop = tokens.onRevoked(() => calls++);
      bus.publish(authRevoked, { ids: [id] });
      await delivered();
      await expect(tokens.verify(bearer(secret))).rejects.toMatchObject(refused);
      expect(calls).toBe(1);
      stop();
      bus.publish(authRevoked, { ids: ['token-2'] });
      await delivered();
      expect(calls).toBe(1);
    },
  );

  it('is refused where its revocation arrives while an older answer is on its way', async () => {
    const { bus, state, tokens } = auth();
    state.onRequest = () => bus.publish(authRevoked, { ids: ['token-1'] });
    await expect(tokens.verify(bearer(sign()))).rejects.toMatchObject(refused);
  });

  it('accepts tokens that verify while the auth service is away', async () => {
    const { state, tokens } = auth();
    state.isAway = true;
    expect(await tokens.verify(bearer(sign()))).toMatchObject({ userId: 'user_1' });
  });
});

function hmacForgery(): string {
  const head = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'at+jwt', kid: 'key-1' })).toString(
    'base64url',
  );
  const secret = publicKey.export({ format: 'pem', type: 'spki' });
  const forged = jwt.sign({ ...claims, sub: 'a', iss: 'antiphon', aud: 'antiphon' }, secret, {
    expiresIn: 60,
  });
  return `${head}.${forged.split('.').slice(1).join('.')}`;
}

function unsigned(): string {
  return jwt.sign({ ...claims, sub: 'a', iss: 'antiphon', aud: 'antiphon' }, '', {
    algorithm: 'none',
    header: { alg: 'none', typ: 'at+jwt' },
    keyid: 'key-1',
    expiresIn: 60,
  });
}
