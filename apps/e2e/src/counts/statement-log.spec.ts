import { expect, it } from 'vitest';
import { StatementLog } from './statement-log.ts';

it('counts the statements of the services but the rounds of the outbox, and a transaction for each that no other statement shares', () => {
  const log = new StatementLog();
  for (const line of [
    'antiphon_responses|10|LOG:  statement: BEGIN',
    'antiphon_responses|10|LOG:  execute <unnamed>: insert into responses.responses (id)',
    '\tvalues ($1)',
    "antiphon_responses|10|DETAIL:  Parameters: $1 = 'resp_1'",
    'antiphon_worker|11|LOG:  execute claim: select 1',
    'antiphon_responses|10|LOG:  statement: ROLLBACK TO SAVEPOINT one',
    'antiphon_responses|10|LOG:  statement: COMMIT',
    'antiphon_responses|10|LOG:  statement: select 2',
    'antiphon_worker|11|LOG:  execute <unnamed>: select pg_try_advisory_lock(hashtext($1)) as locked',
    'antiphon_worker|11|LOG:  execute <unnamed>: select id, key, events, created_at from responses.outbox order by id limit $1',
    'antiphon_worker|11|LOG:  execute <unnamed>: delete from responses.outbox where id = any($1)',
    'antiphon_worker|11|LOG:  execute <unnamed>: select pg_advisory_unlock(hashtext($1))',
    'antiphon|12|LOG:  statement: select 3',
    'LOG:  checkpoint starting: time',
  ])
    log.take(line);
  expect(log.statements).toHaveLength(6);
  expect(log.statements[1]).toEqual({
    role: 'antiphon_responses',
    sql: 'insert into responses.responses (id)',
  });
  expect(log.transactions).toBe(3);
});
