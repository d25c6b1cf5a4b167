import type { DatabaseSchema } from '@antiphon/service-kit';
import { ApiKeyEntity } from './api-keys/api-key.entity.ts';
import { CreateAuth1764000000000 } from './migrations/1764000000000-create-auth.ts';
import { AuthOutbox1764100000000 } from './migrations/1764100000000-outbox.ts';
import { AccountRights1766100000000 } from './migrations/1766100000000-account-rights.ts';
import { AccountsByTime1766500000000 } from './migrations/1766500000000-accounts-by-time.ts';
import { Usage1766800000000 } from './migrations/1766800000000-usage.ts';
import { ConsoleSessions1767000000000 } from './migrations/1767000000000-console-sessions.ts';
import { Tenants1766700000000 } from './migrations/1766700000000-tenants.ts';
import { RefreshTokenEntity } from './sessions/refresh-token.entity.ts';
import { RevokedTokenEntity } from './sessions/revoked-token.entity.ts';
import { SessionEntity } from './sessions/session.entity.ts';
import { SigningKeyEntity } from './signing-keys/signing-key.entity.ts';
import { UserEntity } from './users/user.entity.ts';

/** The service's schema in PostgreSQL. */
export const authSchema: DatabaseSchema = {
  schema: 'auth',
  entities: [
    UserEntity,
    SessionEntity,
    RefreshTokenEntity,
    RevokedTokenEntity,
    ApiKeyEntity,
    SigningKeyEntity,
  ],
  migrations: [
    CreateAuth1764000000000,
    AuthOutbox1764100000000,
    AccountRights1766100000000,
    AccountsByTime1766500000000,
    Tenants1766700000000,
    Usage1766800000000,
    ConsoleSessions1767000000000,
  ],
};
