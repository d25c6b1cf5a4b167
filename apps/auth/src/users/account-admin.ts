import { AppError, type Caller, Scope } from '@antiphon/contracts';
import type { DataSource } from 'typeorm';
import type { ApiKeyStore } from '../api-keys/api-key.store.ts';
import { violatedConstraint } from './violated-constraint.ts';
import { accountKind, type User } from './user.ts';
import { UserEntity } from './user.entity.ts';

/** The longest list of accounts. */
const listedMax = 1_000;
/** How many accounts a list compares with its text. */
const comparedMax = 20_000;

/** The ids of accounts with a text: in full, by the indexes, or as a part in one of the newest. */
const matching = `
  select id from auth.users where id = :text
  union select id from auth.users where username = :text
  union select id from auth.users where lower(email) = lower(:text) and email is not null
  union select id from (select * from auth.users order by created_at desc, id desc limit :comparedMax) newest
         where position(lower(:text) in lower(id || ' ' || username || ' ' || coalesce(email, ''))) > 0`;

/** An account as the operator sees it. */
export type ListedAccount = Omit<User, 'kind'> & { kind: Caller['kind']; lastSeenAt: Date };

/**
 * The operator's commands on accounts: lists them, proves e-mail addresses, grants and withdraws scopes, makes API keys with scopes. A command
 * finds an account by its id, its username or its proven address, not by a claimed one. Throws `not_found`, `conflict`, `invalid_request`.
 */
export class AccountAdmin {
  constructor(
    private readonly database: DataSource,
    private readonly apiKeys: ApiKeyStore,
  ) {}

  /**
   * The newest accounts first. With a text only those whose id, username or address it is, and those of the newest `comparedMax` that have it
   * in one of these. Throws `not_found` where there are none of them, but further accounts.
   */
  async list(text: string, countMax: number): Promise<ListedAccount[]> {
    const query = this.database.manager
      .createQueryBuilder(UserEntity, 'person')
      .orderBy('person.createdAt', 'DESC')
      .addOrderBy('person.id', 'DESC')
      .limit(Math.min(countMax, listedMax));
    if (text !== '') query.where(`person.id = any(array(${matching}))`, { text, comparedMax });
    const users = await query.getMany();
    if (users.length === 0 && (await this.countBeyond(comparedMax)) > 0)
      throw new AppError(
        'not_found',
        `None of the newest ${comparedMax} accounts has ${text} in its id, username or address. Name an older account by one of these in full.`,
      );
    return users.map((user) => ({ ...user, kind: accountKind(user) }));
  }

  /** Sets the account's proven address and gives it a user's rights. Without an address it proves the claimed one. */
  async verifyEmail(name: string, email: string | null): Promise<User> {
    const user = await this.find(name);
    const proven = email ?? user.email;
    if (proven === null)
      throw new AppError('invalid_request', `${user.id} has no email address: name one with --email.`);
    try {
      await this.database.query(
        `update auth.users set kind = 'user', email = $2, email_verified_at = clock_timestamp() where id = $1`,
        [user.id, proven],
      );
    } catch (error) {
      if (violatedConstraint(error) !== 'users_verified_email_key') throw error;
      throw new AppError('conflict', `${proven} is the proven address of another account.`, { cause: error });
    }
    return this.find(user.id);
  }

  /** Grants scopes to the account. Its new access tokens have them. */
  async grant(name: string, scopes: readonly string[]): Promise<User> {
    const user = await this.find(name);
    await this.setScopes(user.id, [...new Set([...user.scopes, ...checked(scopes)])], { isReduced: false });
    return this.find(user.id);
  }

  /** Withdraws scopes from the account. Access tokens that state them are refused, and its API keys lose them too. */
  async withdraw(name: string, scopes: readonly string[]): Promise<User> {
    const user = await this.find(name);
    const left = user.scopes.filter((scope) => !scopes.includes(scope));
    await this.setScopes(user.id, left, { isReduced: true });
    await this.database.query(
      `update auth.api_keys set scopes = array(select unnest(scopes) except select unnest($2::text[]))
        where user_id = $1 and scopes && $2::text[]`,
      [user.id, scopes],
    );
    return this.find(user.id);
  }

  /**
   * Puts the account into the tenant of another account, or into its own (null). Its access tokens from before are refused; its responses stay in the
   * tenant in which they were made.
   */
  async setTenant(name: string, other: string | null): Promise<User> {
    const user = await this.find(name);
    const owner = other === null ? null : await this.find(other);
    const tenantId = owner && (owner.tenantId ?? owner.id);
    await this.database.query(
      `update auth.users set tenant_id = $2, rights_reduced_at = clock_timestamp() where id = $1`,
      [user.id, tenantId === user.id ? null : tenantId],
    );
    return this.find(user.id);
  }

  /** A new API key of the account, shown once, with these scopes beside those of every key. */
  async addKey(
    name: string,
    keyName: string,
    scopes: readonly string[],
  ): Promise<{ id: string; key: string }> {
    const user = await this.find(name);
    return this.apiKeys.add({ userId: user.id }, keyName, { scopes: checked(scopes) });
  }

  private async setScopes(
    userId: string,
    scopes: readonly string[],
    { isReduced }: { isReduced: boolean },
  ): Promise<void> {
    await this.database.query(
      `update auth.users
          set scopes = $2, rights_reduced_at = case when $3 then clock_timestamp() else rights_reduced_at end
        where id = $1`,
      [userId, scopes, isReduced],
    );
  }

  /** 1 where there are more accounts than these, else 0. */
  private async countBeyond(countMax: number): Promise<number> {
    const rows = await this.database.query<object[]>(
      'select from auth.users order by created_at desc, id desc limit 1 offset $1',
      [countMax],
    );
    return rows.length;
  }

  private async find(name: string): Promise<User> {
    const [user] = await this.database.manager
      .createQueryBuilder(UserEntity, 'person')
      .where('person.id = :name or person.username = :name')
      .orWhere('person.emailVerifiedAt is not null and lower(person.email) = lower(:name)')
      .setParameters({ name })
      .limit(1)
      .getMany();
    if (!user)
      throw new AppError('not_found', `There is no account with the id, username or proven address ${name}.`);
    return user;
  }
}

function checked(scopes: readonly string[]): string[] {
  const wrong = scopes.find((scope) => !Scope.safeParse(scope).success);
  if (wrong === undefined) return [...scopes];
  throw new AppError(
    'invalid_request',
    `"${wrong}" is not a scope: a scope is a lower-case word such as admin.`,
  );
}
