import { createHmac, generateKeyPairSync } from 'node:crypto';
import { newId } from '@antiphon/contracts';
import jwt from 'jsonwebtoken';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SigningKeys } from '../signing-keys/signing-keys.ts';
import { AccessTokens, callerOfUser, sessionOfToken } from './tokens.ts';

const start = 1_800_000_000_000;
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
const keys = {
  signer: () => ({ kid: 'known', signsFromMs: 0, ...pair }),
  publicKey: (kid: string) => (kid === 'known' ? pair.publicKey : null),
} as SigningKeys; // the methods that AccessTokens calls
const config = { accessTokens: { issuer: 'antiphon', audience: 'antiphon', ttlMs: 900_000 } };
const user = {
  id: newId('user'),
  kind: 'guest',
  emailVerifiedAt: null,
  scopes: [] as string[],
  tenantId: null,
} as const;
const sessionId = newId('session');
const session = { sessionId, endsAt: null };

let now = start;
const tokens = new AccessTokens(config, keys, () => now);
const issue = () => tokens.issue(callerOfUser(user), session).accessToken;
beforeEach(() => {
  now = start;
});

describe('access tokens', () => {
  it('name their account, audience, login and expiry', () => {
    const { accessToken, expiresInS } = tokens.issue(callerOfUser(user), session);
    const issuedAt = start / 1000;
    expect(expiresInS).toBe(900);
    expect(jwt.decode(accessToken, { complete: true })?.header).toEqual({
      alg: 'RS256',
      typ: 'at+jwt',
      kid: 'known',
    });
    expect(tokens.read(accessToken)).toEqual({
      sub: user.id,
      iss: 'antiphon',
      aud: 'antiphon',
      iat: issuedAt,
      exp: issuedAt + 900,
      jti: expect.stringMatching(new RegExp(`^${sessionId}\\.[\\w-]{20}$`)) as string,
      sid: sessionId,
      kind: 'guest',
      scopes: ['api', 'account'],
    });
  });

  it('have the kind guest until the address of the account is proven, and the scopes that the operator granted', () => {
    const claimed = { ...user, kind: 'user' } as const;
    const proven = { ...claimed, emailVerifiedAt: new Date(start), scopes: ['admin'] };
    const claims = (of: typeof claimed | typeof proven) =>
      tokens.read(tokens.issue(callerOfUser(of), session).accessToken);
    expect(claims(claimed)).toMatchObject({ kind: 'guest', scopes: ['api', 'account'] });
    expect(claims(proven)).toMatchObject({ kind: 'user', scopes: ['api', 'account', 'admin'] });
  });

  it('have an id that names their login', () => {
    expect(sessionOfToken(tokens.read(issue())?.jti ?? '')).toBe(sessionId);
    expect(sessionOfToken('something else')).toBeNull();
  });

  it('are valid until they expire, within the tolerance for clocks', () => {
    const token = issue();
    now = start + 900_000 + 9_000;
    expect(tokens.read(token)).not.toBeNull();
    now = start + 900_000 + 11_000;
    expect(tokens.read(token)).toBeNull();
  });

  const claims = () => ({ ...tokens.read(issue()) });
  const header = { alg: 'RS256', typ: 'at+jwt', kid: 'known' };
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  it.each<[string, () => string]>([
    ['with another signer', () => jwt.sign(claims(), stranger.privateKey, { algorithm: 'RS256', header })],
    ['of an unknown key', () => jwt.sign(claims(), pair.privateKey, { header: { ...header, kid: 'other' } })],
    [
      'without a key id',
      () => jwt.sign(claims(), pair.privateKey, { header: { alg: 'RS256', typ: 'at+jwt' } }),
    ],
    ['of another type', () => jwt.sign(claims(), pair.privateKey, { header: { ...header, typ: 'JWT' } })],
    [
      'by another algorithm',
      () => jwt.sign(claims(), pair.privateKey, { algorithm: 'RS512', header: { ...header, alg: 'RS512' } }),
    ],
    [
      'for another audience',
      () => jwt.sign({ ...claims(), aud: 'other' }, pair.privateKey, { algorithm: 'RS256', header }),
    ],
    [
      'of another issuer',
      () => jwt.sign({ ...claims(), iss: 'other' }, pair.privateKey, { algorithm: 'RS256', header }),
    ],
    [
      'without required claims',
      () => jwt.sign({ ...claims(), jti: undefined }, pair.privateKey, { algorithm: 'RS256', header }),
    ],
    ['without a signature', () => `${encode({ ...header, alg: 'none' })}.${encode(claims())}.`],
    [
      'signed with the public key as a shared secret',
      () => {
        const signed = `${encode({ ...header, alg: 'HS256' })}.${encode(claims())}`;
        const secret = pair.publicKey.export({ type: 'spki', format: 'pem' });
        return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
      },
    ],
    ['that was changed', () => issue().replace(/\.[^.]+\./, `.${encode({ ...claims(), kind: 'user' })}.`)],
    ['that is not a token', () => 'a.b.c'],
    ['that is empty', () => ''],
  ])('refuses one %s', (_what, token) => {
    expect(tokens.read(token())).toBeNull();
  });
});
