import { fail, finish, reasoning, refusal, text, toolCall } from '@antiphon/service-kit/testing';
import { expect, it } from 'vitest';
import { scenario } from '../scenario.ts';
import { documentedSystem, uncalled } from './documented-system.ts';

const { api, token, provider } = await documentedSystem();
const messages = [{ role: 'user', content: 'x' }];
const create = (body: object, caller: string | undefined = token) =>
  api.call('messages.createMessage', {
    body: { model: 'gpt-scripted', max_tokens: 100, messages, ...body },
    token: caller,
  });
const count = (body: object) => api.call('messages.countMessageTokens', { body, token });

scenario('docs-replies', 'messages of every kind, plain and streamed', async () => {
  const scripts = {
    text: () => [text('Hello', ' there.')],
    'reasoning and an early end': () => [reasoning('Hm'), text('Hel'), finish('length')],
    refusal: () => [refusal('I will not.')],
    failure: () => [fail(400, { message: 'wrong' })],
    'a server tool': ({ toolOutputs }: { toolOutputs: string[] }) =>
      toolOutputs.length > 0 ? [text('Found.')] : [toolCall('google_search', { q: 'x' })],
    'a function of the caller': () => [toolCall('look', { at: 'x' }, { id: 'call_1' })],
  };
  const tools = [{ name: 'look', input_schema: { type: 'object', properties: {} } }];
  for (const [what, script] of Object.entries(scripts)) {
    provider.script = script;
    const offered =
      what === 'a server tool' ? { mcp_servers: [{ type: 'url', name: 'antiphon' }] } : { tools };
    for (const stream of [false, true]) {
      const { status } = await create({ stream, ...offered });
      expect([what, status]).toEqual([what, what === 'failure' && !stream ? 400 : 200]);
    }
  }
  expect((await count({ model: 'gpt-scripted', messages })).status).toBe(200);
});

scenario('docs-replies', 'refusals of messages', async () => {
  for (const body of [{ messages: [] }, { max_tokens: 0 }, { temperature: 3 }])
    expect((await create(body)).status).toBe(400);
  expect((await create({}, 'nonsense')).status).toBe(401);
  expect((await count({ model: 'gpt-scripted' })).status).toBe(400);
});

it('covered every operation, with success and with an error', () => {
  expect(uncalled(api, 'messages')).toEqual({ good: [], bad: [] });
});
