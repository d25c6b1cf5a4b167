import type { FaultSystem } from './fault-system.ts';

/** A change of a stored response's status, recorded by the database. */
export interface Move {
  id: string;
  from: string;
  to: string;
}

const finals = ['completed', 'incomplete', 'failed', 'cancelled'];

/**
 * Makes the database record every change of a status in the same transaction. The function runs with the rights of its owner, because the
 * services' roles have none in this schema.
 */
export async function keepJournal(faults: FaultSystem): Promise<void> {
  await faults.query(`
    create schema if not exists faults;
    create table if not exists faults.moves (place bigserial primary key, id text, "from" text, "to" text);
    create or replace function faults.note_move() returns trigger language plpgsql security definer as $$
      begin
        insert into faults.moves (id, "from", "to") values (new.id, old.status, new.status);
        return null;
      end $$;
    drop trigger if exists note_move on responses.responses;
    create trigger note_move after update of status on responses.responses
      for each row when (old.status is distinct from new.status) execute function faults.note_move();
  `);
}

export function movesOf(faults: FaultSystem): Promise<Move[]> {
  return faults.query<Move>('select id, "from", "to" from faults.moves order by place');
}

/** Returns the responses that ended more than once, or changed after their end. */
export function endedTwice(moves: readonly Move[]): string[] {
  const ended = new Set<string>();
  const wrong = new Set<string>();
  for (const { id, from, to } of moves) {
    if (ended.has(id) || finals.includes(from)) wrong.add(id);
    if (finals.includes(to)) ended.add(id);
  }
  return [...wrong];
}
