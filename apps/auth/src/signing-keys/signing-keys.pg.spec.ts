import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuthConfig } from '../config.ts';
import { openTestDatabase, silent, type TestDatabase } from '../testing/test-database.ts';
import { SigningKeyStore } from './signing-key.store.ts';
import { SigningKeys } from './signing-keys.ts';

const day = 86_400_000;
const minute = 60_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(() => database.dataSource.query('truncate auth.signing_keys'));

function instance(now: () => number = Date.now, config: AuthConfig = database.config): SigningKeys {
  return new SigningKeys(new SigningKeyStore(database.dataSource), config, silent, now);
}

describe('signing keys', () => {
  it('are made once when several instances start at the same time', async () => {
    const instances = Array.from({ length: 4 }, () => instance());
    await Promise.all(instances.map((keys) => keys.reload()));
    expect(new Set(instances.map((keys) => keys.signer().kid)).size).toBe(1);
    expect(await new SigningKeyStore(database.dataSource).list()).toHaveLength(1);
  });

  it('are published without their private part', async () => {
    const keys = instance();
    await keys.reload();
    expect(keys.published()).toEqual([
      {
        kty: 'RSA',
        kid: keys.signer().kid,
        use: 'sig',
        alg: 'RS256',
        n: expect.any(String) as string,
        e: 'AQAB',
      },
    ]);
  });

  it('are sealed at rest and do not open with another ENCRYPTION_KEY', async () => {
    await instance().reload();
    const [stored] = await new SigningKeyStore(database.dataSource).list();
    expect(stored?.privateKeySealed).not.toContain('PRIVATE');
    const secrets = { encryptionKey: randomBytes(32).toString('base64') };
    await expect(instance(Date.now, { ...database.config, secrets }).reload()).rejects.toThrow(
      /ENCRYPTION_KEY/,
    );
  });

  it('rotate at a moment that every instance knows a day in advance, and are removed when no token needs them', async () => {
    const start = Date.now();
    let now = start;
    const [one, other] = [instance(() => now), instance(() => now)];
    const kidsOf = (keys: SigningKeys) => keys.published().map((key) => key.kid);
    await Promise.all([one.reload(), other.reload()]);
    const first = one.signer().kid;

    now = start + 29 * day;
    await Promise.all([one.reload(), other.reload()]);
    expect(kidsOf(one)).toHaveLength(2);
    expect(kidsOf(other)).toEqual(kidsOf(one));
    expect([one.signer().kid, other.signer().kid]).toEqual([first, first]);

    now = start + 30 * day;
    const second = one.signer().kid;
    expect(second).not.toBe(first);
    expect(other.signer().kid).toBe(second);
    expect(one.publicKey(first)).not.toBeNull();

    now = start + 30 * day + 15 * minute + 2 * minute;
    expect(one.publicKey(first)).toBeNull();
    await one.reload();
    expect((await new SigningKeyStore(database.dataSource).list()).map((key) => key.kid)).toEqual([second]);
  });

  it('refuses to sign before the keys were loaded', () => {
    expect(() => instance().signer()).toThrow(/no signing key/);
  });
});
