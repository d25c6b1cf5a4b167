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
  createdAt: Date;
  lastUsedAt: Date | null;
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
    scopes: string[] | null = null,
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
      });
      return { ...(await db.findOneByOrFail(ApiKeyEntity, { id })), key };
    });
  }

  /** The caller's keys, oldest first, at most `apiKeysMax`. */
  async list(caller: Caller): Promise<ApiKey[]> {
    return this.database.manager.find(ApiKeyEntity, {
      where: { userId: caller.userId },
      order: { createdAt: 'asc', id: 'asc' },
    });
  }

  /** Throws `not_found`. */
  async delete(caller: Caller, id: string): Promise<void> {
    const result = isId('apiKey', id)
      ? await this.database.manager.delete(ApiKeyEntity, { id, userId: caller.userId })
      : null;
    if (!result?.affected) throw new AppError('not_found', 'There is no API key with this id.');
  }

  /** The caller that a key belongs to; null for an unknown key. */
  async callerOf(key: string): Promise<Caller | null> {
    if (!isSecretToken('sk', key)) return null;
    const hash = hashSecretToken(key);
    const rows: FoundKey[] = await this.database.query(
      `select key.id, key.user_id, coalesce(person.tenant_id, person.id) as tenant_id, key.hash, key.scopes,
              case when person.kind = 'user' and person.email_verified_at is not null then 'user' else 'guest' end as owner_kind,
              coalesce(key.last_used_at < clock_timestamp() - interval '1 minute', true) as is_use_due
         from auth.api_keys key join auth.users person on person.id = key.user_id where key.hash = $1`,
      [hash],
    );
    const [found] = rows;
    if (!found || !timingSafeEqual(found.hash, hash)) return null;
    if (found.is_use_due) await this.recordUse(found.id);
    return {
      userId: found.user_id,
      tenantId: found.tenant_id,
      kind: 'key',
      scopes: found.scopes ?? apiKeyScopes,
      ownerKind: found.owner_kind,
      keyId: found.id,
    };
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
