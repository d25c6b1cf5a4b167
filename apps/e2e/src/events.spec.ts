import { hang, text, toolCall } from '@antiphon/service-kit/testing';
import { afterAll, describe, expect } from 'vitest';
import { surroundings } from './system/surroundings.ts';
import { expireLeases, query } from './system/database.ts';
import { leaveData, mcpClient, rowsOf } from './checks/data-of-users.ts';
import { EventReader } from './clients/event-reader.ts';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const { provider, web } = system;
const jan = await system.jan();
const { user_id: userId } = (await jan.request<{ user_id: string }>('GET', '/llm/auth/me')).body;
const reader = await EventReader.open(surroundings().natsUrls.consumer);
afterAll(() => reader.close());

const steps = [
  'events.responses.created',
  'events.responses.queued',
  'events.responses.in_progress',
  'events.tools.executed',
  'events.responses.completed',
  'events.usage.recorded',
];

async function submit(): Promise<string> {
  return (await jan.create({ input: 'a secret question', background: true })).body.id;
}

async function heardOf(responseId: string) {
  await reader.until('events.usage.recorded', (data) => data['responseId'] === responseId);
  return reader.of(responseId);
}

describe('events', () => {
  scenario('events-order', 'reach a durable consumer in order, with ids and figures', async () => {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0 ? [toolCall('google_search', { q: 'a secret' })] : [text('A secret answer.')];
    const id = await submit();
    const heard = await heardOf(id);
    expect(heard.map(({ subject }) => subject)).toEqual(steps);
    expect(new Set(heard.map((event) => event.id)).size).toBe(steps.length);
    for (const { data, occurredAt } of heard) {
      expect(data).toMatchObject({ responseId: id, userId });
      expect(Math.abs(Date.now() - occurredAt)).toBeLessThan(60_000);
    }
    expect(heard[3]?.data).toMatchObject({ tool: 'google_search', status: 'completed' });
    expect(heard[4]?.data).toMatchObject({ toolCalls: 1, usage: { inputTokens: 20, outputTokens: 10 } });
    expect(JSON.stringify(heard)).not.toContain('secret');
  });

  scenario(
    'events-crash',
    'arrive once although the worker is killed in between',
    async () => {
      let isFirstRunner = true;
      provider.script = ({ toolOutputs }) => {
        if (toolOutputs.length === 0) return [toolCall('scrape', { url: `${web.url}/pages/event-once` })];
        return isFirstRunner ? [text('Half'), hang()] : [text('All of it.')];
      };
      const second = provider.call(provider.calls.length + 1);
      const id = await submit();
      await second;
      isFirstRunner = false;
      await system.kill('worker');
      await expireLeases();
      await system.app('worker').start();
      expect((await heardOf(id)).map(({ subject }) => subject)).toEqual(steps);
    },
    60_000,
  );

  scenario('events-unstored', 'have only the usage of an unstored response', async () => {
    const { body } = await jan.create({ input: 'a secret question', store: false });
    expect(body.status).toBe('completed');
    const { data } = await reader.until(
      'events.usage.recorded',
      (usage) => usage['responseId'] === null && usage['userId'] === userId,
    );
    expect(data).toMatchObject({ usage: { inputTokens: 10, outputTokens: 5 }, toolCalls: 0 });
    expect(JSON.stringify(reader.heard)).not.toContain(body.id);
  });

  scenario('events-users', 'report a new account', async () => {
    const login = await system.login();
    const { data } = await reader.until('events.users.created', (user) => user['userId'] === login.user_id);
    expect(data).toEqual({ userId: login.user_id, tenantId: login.user_id, kind: 'guest' });
  });

  scenario('events-mcp', 'report the calls of MCP clients', async () => {
    const { access_token: token, user_id: caller } = await system.login();
    const mcp = await mcpClient(system, token);
    await mcp.callTool({ name: 'calculate', arguments: { expression: '1 + 1' } });
    await mcp.callTool({ name: 'calculate', arguments: { expression: '1 +' } });
    await mcp.close();
    const isTheirs = (call: Record<string, unknown>) => call['userId'] === caller;
    await reader.until('events.tools.executed', (call) => isTheirs(call) && call['status'] === 'failed');
    const event = { responseId: null, itemId: null, depth: null, tenantId: caller, tool: 'calculate' };
    expect(
      reader.heard.map(({ data }) => data).filter((data) => isTheirs(data) && 'tool' in data),
    ).toMatchObject([
      { ...event, status: 'completed', errorCode: null },
      { ...event, status: 'failed', errorCode: 'invalid_request' },
    ]);
  });

  scenario(
    'events-users-removed',
    'remove a guest’s data with the account',
    async () => {
      const [gone, upgraded] = [await system.login(), await system.login()];
      for (const { access_token: token } of [gone, upgraded]) await leaveData(system, token);
      const headers = {
        authorization: `Bearer ${upgraded.access_token}`,
        'content-type': 'application/json',
      };
      const email = `${upgraded.user_id}@example.com`;
      const upgrade = await fetch(`${system.url}/llm/auth/upgrade`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ email }),
      });
      expect(upgrade.status).toBe(200);
      const before = await rowsOf(upgraded.user_id);
      expect(Object.keys(await rowsOf(gone.user_id)).toSorted()).toEqual(Object.keys(before).toSorted());
      await query(`update auth.users set last_seen_at = last_seen_at - interval '40 d' where id = any($1)`, [
        [gone.user_id, upgraded.user_id],
      ]);
      const reaper = await system.startAnother(
        'auth',
        system.limits({ accounts: { reap_interval: '100ms' } }),
      );
      const { data } = await reader.until('events.users.removed', (user) => user['userId'] === gone.user_id);
      expect(data).toEqual({ userId: gone.user_id });
      await expect.poll(() => rowsOf(gone.user_id), { timeout: 40_000 }).toEqual({});
      expect(await rowsOf(upgraded.user_id)).toEqual(before);
      await reaper.stop();
    },
    90_000,
  );
});
