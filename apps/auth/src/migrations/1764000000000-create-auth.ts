import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateAuth1764000000000 implements MigrationInterface {
  readonly name = 'CreateAuth1764000000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query('create schema if not exists auth');
    await db.query(`
      create table auth.users (
        id text primary key,
        username text not null constraint users_username_key unique,
        kind text not null check (kind in ('guest', 'user')),
        email text,
        full_name text,
        created_at timestamptz not null default clock_timestamp(),
        last_seen_at timestamptz not null default clock_timestamp(),
        check (kind = 'guest' or email is not null)
      )`);
    await db.query('create unique index users_email_key on auth.users (lower(email))');
    await db.query(`create index users_idle_guests on auth.users (last_seen_at) where kind = 'guest'`);

    await db.query(`
      create table auth.sessions (
        id text primary key,
        user_id text not null references auth.users on delete cascade,
        created_at timestamptz not null default clock_timestamp(),
        expires_at timestamptz not null,
        revoked_at timestamptz
      )`);
    await db.query('create index sessions_user on auth.sessions (user_id)');
    await db.query('create index sessions_expiry on auth.sessions (expires_at)');

    await db.query(`
      create table auth.refresh_tokens (
        hash bytea primary key,
        session_id text not null references auth.sessions on delete cascade,
        created_at timestamptz not null default clock_timestamp(),
        used_at timestamptz,
        successor_hash bytea,
        successor_sealed text,
        check ((used_at is null) = (successor_hash is null) and (used_at is null) = (successor_sealed is null))
      )`);
    await db.query('create index refresh_tokens_session on auth.refresh_tokens (session_id)');
    await db.query(
      'create index refresh_tokens_used on auth.refresh_tokens (used_at) where used_at is not null',
    );

    await db.query(`
      create table auth.revoked_tokens (
        token_id text primary key,
        expires_at timestamptz not null
      )`);
    await db.query('create index revoked_tokens_expiry on auth.revoked_tokens (expires_at)');

    await db.query(`
      create table auth.api_keys (
        id text primary key,
        user_id text not null references auth.users on delete cascade,
        name text not null,
        hash bytea not null constraint api_keys_hash_key unique,
        last4 text not null,
        created_at timestamptz not null default clock_timestamp(),
        last_used_at timestamptz
      )`);
    await db.query('create index api_keys_user on auth.api_keys (user_id, created_at)');

    await db.query(`
      create table auth.signing_keys (
        kid text primary key,
        public_key text not null,
        private_key_sealed text not null,
        signs_from timestamptz not null unique,
        created_at timestamptz not null default clock_timestamp()
      )`);
  }

  async down(db: QueryRunner): Promise<void> {
    for (const table of [
      'signing_keys',
      'api_keys',
      'revoked_tokens',
      'refresh_tokens',
      'sessions',
      'users',
    ]) {
      await db.query(`drop table auth.${table}`);
    }
  }
}
