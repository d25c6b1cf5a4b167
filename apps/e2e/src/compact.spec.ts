import { newEvent, userRemoved } from '@antiphon/contracts';
import { hang, text, toolCall } from '@antiphon/service-kit/testing';
import { describe, expect, it } from 'vitest';
import { leaveData, rowsOf } from './checks/data-of-users.ts';
import { scenario } from './scenario.ts';
import { expireLeases, query } from './system/database.ts';
import { sharedSystem } from './system/system.ts';

/*
 * Scenarios of all services in one process: they run in the Vitest project `compact` only. The other scenarios of that project are those of
 * separate processes.
 */

const system = await sharedSystem();
const { provider, web } = system;
const jan = await system.jan();
const submit = async () => (await jan.create({ input: 'Write an analysis', background: true })).body;

it('needs no NATS server', async () => {
  const report = (await (await fetch(`${system.url}/readyz`)).json()) as { checks: object };
  expect(report.checks).toEqual({ postgres: 'ok', llm: 'ok', mcp: 'ok' });
});

describe('a process of all services', () => {
  scenario(
    'background-crash',
    'that is killed continues its runs after a restart, and repeats no finished tool call',
    async () => {
      const page = '/pages/read-once-by-one-process';
      let isFirstProcess = true;
      provider.script = ({ toolOutputs }) => {
        if (toolOutputs.length === 0)
          return [toolCall('scrape', { url: web.url + page }, { id: 'call_once' })];
        return isFirstProcess ? [text('Half of it'), hang()] : [text('From what was read.')];
      };
      const second = provider.call(provider.calls.length + 1);
      const task = await submit();
      await second;
      await system.kill('worker');
      await expireLeases();
      isFirstProcess = false;
      await system.app('worker').start();

      const done = await jan.settled(task.id);
      expect(done).toMatchObject({ status: 'completed', output: 'From what was read.' });
      expect(web.countOf(page)).toBe(1);
    },
  );

  scenario('background-hand-over', 'that is stopped hands its runs to the next one', async () => {
    let isFirstProcess = true;
    provider.script = () => (isFirstProcess ? [text('Half'), hang()] : [text('All of it.')]);
    const asked = provider.call(provider.calls.length);
    const task = await submit();
    await asked;
    isFirstProcess = false;
    await system.restart('worker');
    expect(await jan.settled(task.id)).toMatchObject({ status: 'completed', output: 'All of it.' });
  });

  scenario(
    'events-users-removed',
    'that is killed removes the data of an account whose removal it had committed',
    async () => {
      const gone = await system.login();
      await leaveData(system, gone.access_token);
      const dataOf = async () =>
        Object.keys(await rowsOf(gone.user_id)).filter((name) => !name.startsWith('auth.'));
      expect((await dataOf()).length).toBeGreaterThan(5);
      await system.kill('auth');
      const removed = newEvent(userRemoved, { userId: gone.user_id });
      await query('insert into auth.outbox (events) values ($1)', [JSON.stringify([removed])]);
      await system.app('auth').start();
      await expect.poll(dataOf).toEqual([]);
      await expect.poll(() => query('select 1 from auth.outbox')).toEqual([]);
    },
    60_000,
  );
});
