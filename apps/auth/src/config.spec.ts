import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';

const required = {
  DATABASE_URL: 'postgresql://localhost/antiphon',
  ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
};

describe('the config', () => {
  it('has a default for everything but the database and the key', () => {
    expect(loadConfig(required)).toMatchObject({
      service: { port: 8081 },
      accessTokens: { issuer: 'antiphon', audience: 'antiphon', ttlMs: 900_000 },
      sessions: { reuseGraceMs: 10_000 },
    });
  });

  it.each([
    ['DATABASE_URL', { DATABASE_URL: '' }],
    ['ENCRYPTION_KEY', { ENCRYPTION_KEY: 'short' }],
    ['ACCESS_TOKEN_TTL', { ACCESS_TOKEN_TTL: 'soon' }],
    ['GUEST_TTL', { GUEST_TTL: '1d' }],
  ])('names a wrong %s', (name, wrong) => {
    expect(() => loadConfig({ ...required, ...wrong })).toThrow(name);
  });

  it.each([
    ['signing_key_lead', '1m'],
    ['signing_key_rotation', '12h'],
  ])('names a limit %s that does not fit the others', (name, value) => {
    expect(() => loadConfig(required, { accounts: { [name]: value } })).toThrow(`accounts.${name}: must be`);
  });
});
