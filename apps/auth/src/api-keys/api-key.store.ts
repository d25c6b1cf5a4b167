import { timingSafeEqual } from 'node:crypto';
import { type AccountKind, AppError, type Caller, isId, newId } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AUTH_CONFIG, type AuthConfig } from '../config.ts';
import { hashSecretToken, isSecretToken, newSecretToken } from '../sessions/secret-token.ts';
import { apiKeyScopes } from '../sessions/tokens.ts';
import { ApiKeyEntity } from './api-key.entity.ts';

/** An API key as its owner sees it. */
export interface ApiKey {
  id: string;
  name: string;
  last4: string;
  scopes: string[];
  createdAt: Date;
  lastUsedAt: Date | null;
  /** When it stops being valid; null: never. */
  expiresAt: Date | null;
}

/** Stores API keys. A key is shown once, when it is made; only its hash is stored. */
@Injectable()
export class ApiKeyStore {
  constructor(
    private readonly database: DataSource,
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'apiKeysMax'>,
  ) {}

  /** Makes a key. Throws `conflict` for an account with `apiKeysMax` keys. `scopes` replaces the scopes of every API key. */
  async add(
    caller: Pick<Caller, 'userId'>,
    name: string,
    { scopes = null, expiresAt = null }: { scopes?: string[] | null; expiresAt?: Date | null } = {},
  ): Promise<ApiKey & { key: string }> {
    const key = newSecretToken('sk');
    const id = newId('apiKey');
    return this.database.transaction(async (db) => {
      // Serializes the requests of one user, so that together they stay within the limit.
      const users: unknown[] = await db.query('select from auth.users where id = $1 for update', [
        caller.userId,
      ]);
      if (users.length === 0) throw new AppError('unauthenticated', 'This account no longer exists.');
      const count = await db.countBy(ApiKeyEntity, { userId: caller.userId });
      if (count >= this.config.apiKeysMax) {
        throw new AppError(
          'conflict',
          `An account has at most ${this.config.apiKeysMax} API keys: delete one first.`,
        );
      }
      await db.insert(ApiKeyEntity, {
        id,
        userId: caller.userId,
        name,
        hash: hashSecretToken(key),
        last4: key.slice(-4),
        scopes,
        expiresAt,
      });
      return { ...apiKeyOf(await db.findOneByOrFail(ApiKeyEntity, { id })), key };
    });
  }

  /** The caller's keys, oldest first, at most `apiKeysMax`. */
  async list(caller: Caller): Promise<ApiKey[]> {
    const keys = await this.database.manager.find(ApiKeyEntity, {
      where: { userId: caller.userId },
      order: { createdAt: 'asc', id: 'asc' },
    });
    return keys.map(apiKeyOf);
  }

  /** Deletes a key with the logins that it opened. Throws `not_found`. */
  async delete(caller: Caller, id: string): Promise<void> {
    const result = isId('apiKey', id)
      ? await this.database.manager.delete(ApiKeyEntity, { id, userId: caller.userId })
      : null;
    if (!result?.affected) throw new AppError('not_found', 'There is no API key with this id.');
  }

  /** A key by its id; null where it is gone. */
  async find(id: string): Promise<ApiKey | null> {
    const key = await this.database.manager.findOneBy(ApiKeyEntity, { id });
    return key && apiKeyOf(key);
  }

  /** The caller of a login that a key opened; null where the key is gone or has expired. */
  async callerOfId(id: string): Promise<Caller | null> {
    const rows: FoundKey[] = await this.database.query(selectKey('key.id = $1'), [id]);
    return rows[0] ? callerOfRow(rows[0]) : null;
  }

  /** The caller that a key belongs to; null for a key that is unknown or has expired. */
  async callerOf(key: string): Promise<Caller | null> {
    if (!isSecretToken('sk', key)) return null;
    const hash = hashSecretToken(key);
    const rows: FoundKey[] = await this.database.query(selectKey('key.hash = $1'), [hash]);
    const [found] = rows;
    if (!found || !timingSafeEqual(found.hash, hash)) return null;
    if (found.is_use_due) await this.recordUse(found.id);
    return callerOfRow(found);
  }

  /** Checks again whether an update is due, so that one of many simultaneous requests writes. */
  private async recordUse(id: string): Promise<void> {
    await this.database.query(
      `update auth.api_keys set last_used_at = clock_timestamp()
        where id = $1 and coalesce(last_used_at < clock_timestamp() - interval '1 minute', true)`,
      [id],
    );
  }
}

interface FoundKey {
  id: string;
  user_id: string;
  tenant_id: string;
  hash: Buffer;
  scopes: string[] | null;
  owner_kind: AccountKind;
  is_use_due: boolean;
}

function selectKey(condition: string): string {
  return `
    select key.id, key.user_id, coalesce(person.tenant_id, person.id) as tenant_id, key.hash, key.scopes,
           case when person.kind = 'user' and person.email_verified_at is not null then 'user' else 'guest' end as owner_kind,
           coalesce(key.last_used_at < clock_timestamp() - interval '1 minute', true) as is_use_due
      from auth.api_keys key join auth.users person on person.id = key.user_id
     where ${condition} and (key.expires_at is null or key.expires_at > clock_timestamp())`;
}

function callerOfRow(key: FoundKey): Caller {
  const { id: keyId, user_id: userId, tenant_id: tenantId, scopes, owner_kind: ownerKind } = key;
  return { userId, tenantId, kind: 'key', scopes: scopes ?? apiKeyScopes, ownerKind, keyId };
}

function apiKeyOf({ id, name, last4, scopes, createdAt, lastUsedAt, expiresAt }: ApiKeyEntity): ApiKey {
  return { id, name, last4, scopes: scopes ?? apiKeyScopes, createdAt, lastUsedAt, expiresAt };
}
