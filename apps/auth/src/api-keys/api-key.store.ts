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

/** The API keys. A key is shown once, when it is made; stored is its hash. */
@Injectable()
export class ApiKeyStore {
  constructor(
    private readonly database: DataSource,
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'apiKeysMax'>,
  ) {}

  /** Throws `conflict` for an account that has as many keys as one may have. `scopes`: in place of those of every API key. */
  async add(
    caller: Pick<Caller, 'userId'>,
    name: string,
    scopes: string[] | null = null,
  ): Promise<ApiKey & { key: string }> {
    const key = newSecretToken('sk');
    const id = newId('apiKey');
    return this.database.transaction(async (db) => {
      // Makes the requests of one user wait for each other, so that together they stay within the bound.
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

  /** Oldest first; there are never more than one may have. */
  async list(caller: Caller): Promise<ApiKey[]> {
    return this.database.manager.find(ApiKeyEntity, {
      where: { userId: caller.userId },
      order: { createdAt: 'asc', id: 'asc' },
    });
  }

  async delete(caller: Caller, id: string): Promise<void> {
    const result = isId('apiKey', id)
      ? await this.database.manager.delete(ApiKeyEntity, { id, userId: caller.userId })
      : null;
    if (!result?.affected) throw new AppError('not_found', 'There is no API key with this id.');
  }

  /** Whose key this is; null for one that does not exist. */
  async callerOf(key: string): Promise<Caller | null> {
    if (!isSecretToken('sk', key)) return null;
    const hash = hashSecretToken(key);
    const rows: FoundKey[] = await this.database.query(
      `select key.id, key.user_id, key.hash, key.scopes,
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
      tenantId: found.user_id,
      kind: 'key',
      scopes: found.scopes ?? apiKeyScopes,
      ownerKind: found.owner_kind,
      keyId: found.id,
    };
  }

  /** Asks once more whether it is due: of many requests at one moment one writes. */
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
  hash: Buffer;
  scopes: string[] | null;
  owner_kind: AccountKind;
  is_use_due: boolean;
}
