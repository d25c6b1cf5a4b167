import { hang, text, toolCall } from '@antiphon/service-kit/testing';
import { afterAll, describe, expect, inject } from 'vitest';
import { EventReader } from './event-reader.ts';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system.ts';

const system = await sharedSystem();
const { provider, web } = system;
const jan = await system.jan();
const { user_id: userId } = (await jan.request<{ user_id: string }>('GET', '/llm/auth/me')).body;
const reader = await EventReader.open(inject('surroundings').natsUrl);
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
  scenario('events-order', 'come to a durable consumer in order, with ids and figures', async () => {
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
    'come once although the worker dies between them',
    async () => {
      let isFirstRunner = true;
      provider.script = ({ toolOutputs }) => {
        if (toolOutputs.length === 0) return [toolCall('scrape', { url: `${web.url}/pages/told-once` })];
        return isFirstRunner ? [text('Half'), hang()] : [text('All of it.')];
      };
      const second = provider.call(provider.calls.length + 1);
      const id = await submit();
      await second;
      isFirstRunner = false;
      await system.kill('worker');
      await system.app('worker').start();
      expect((await heardOf(id)).map(({ subject }) => subject)).toEqual(steps);
    },
    60_000,
  );

  scenario('events-unstored', 'tell of what is not stored its usage alone', async () => {
    const { body } = await jan.create({ input: 'a secret question', store: false });
    expect(body.status).toBe('completed');
    const { data } = await reader.until(
      'events.usage.recorded',
      (usage) => usage['responseId'] === null && usage['userId'] === userId,
    );
    expect(data).toMatchObject({ usage: { inputTokens: 10, outputTokens: 5 }, toolCalls: 0 });
    expect(JSON.stringify(reader.heard)).not.toContain(body.id);
  });

  scenario('events-users', 'tell of a new account', async () => {
    const login = await system.login();
    const { data } = await reader.until('events.users.created', (user) => user['userId'] === login.user_id);
    expect(data).toEqual({ userId: login.user_id, tenantId: login.user_id, kind: 'guest' });
  });
});
