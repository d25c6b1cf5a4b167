import type { NewEvent } from '@antiphon/contracts';
import type { EntityManager } from 'typeorm';

/*
 * The outbox of a schema. One row holds the events of one commit, so that a statement that stores many things writes one row for all
 * their events: `id` is its place, and `key` makes the ids of its events. `json` keeps the text as it is: no query reads inside, and the row
 * is short-lived.
 */

/** For a migration: makes the outbox of a schema. */
export function createOutbox(schema: string): string {
  return `
    create table ${schema}.outbox (
      id bigint generated always as identity primary key,
      key uuid not null default gen_random_uuid(),
      events json not null,
      created_at timestamptz not null default clock_timestamp()
    );
    alter table ${schema}.outbox alter column events set storage external;`;
}

/** For the `down` of a migration: drops the outbox. */
export function dropOutbox(schema: string): string {
  return `drop table ${schema}.outbox`;
}

/**
 * The parameter for a statement that writes its events itself, as one of its parts:
 * `with published as (insert into <schema>.outbox (events) select $1::json where $1 is not null) …`. Null where there are none.
 */
export function outboxEntry(events: readonly NewEvent[]): string | null {
  return events.length > 0 ? JSON.stringify(events) : null;
}

/** Writes events in the transaction of `manager`: they are published if and when it commits. */
export async function writeEvents(
  manager: EntityManager,
  schema: string,
  events: readonly NewEvent[],
): Promise<void> {
  const entry = outboxEntry(events);
  if (entry !== null) await manager.query(`insert into ${schema}.outbox (events) values ($1)`, [entry]);
}
