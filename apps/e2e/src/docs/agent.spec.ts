import { fail, text, toolCall } from '@antiphon/service-kit/testing';
import { describe, expect, it } from 'vitest';
import { scenario } from '../scenario.ts';
import { documentedSystem, uncalled } from './documented-system.ts';

const { api, token, system, provider } = await documentedSystem();

describe('agent: real replies match the document', () => {
  const call = (name: string, options: Parameters<typeof api.call>[1] = {}) =>
    api.call(`agent.${name}`, { token, ...options });
  const create = (body: object) => call('createResponse', { body: { disable_cache: true, ...body } });
  const url = `${system.web.url}/api`;
  const scripts = {
    text: () => [text('Hello', ' there.')],
    failure: () => [fail(400, { message: 'too long' })],
    'a tool that reads': ({ toolOutputs }: { toolOutputs: string[] }) =>
      toolOutputs.length > 0 ? [text('Found.')] : [toolCall('get_http_requests', { url })],
    'a tool that waits': () => [toolCall('put_http_requests', { url }, { id: 'call_1' })],
  };

  scenario('docs-replies', 'responses of every kind, plain and streamed', async () => {
    for (const [what, script] of Object.entries(scripts)) {
      provider.script = script;
      for (const stream of ['off', 'events', 'full']) {
        const { status } = await create({ input: 'x', stream });
        expect([what, status]).toEqual([what, what === 'failure' && stream === 'off' ? 400 : 200]);
      }
    }
  });

  scenario('docs-replies', 'every operation on responses and conversations', async () => {
    provider.script = scripts['a tool that waits'];
    const created = JSON.parse((await create({ input: 'x', stream: 'off' })).text) as Record<string, string>;
    const parameters = { id: created.id ?? '' };
    const conversation = { id: created.conversation_id ?? '' };
    const decision = { type: 'tool_decision', tool_call_id: 'call_1', decision: 'reject' };
    provider.script = () => [text('As you like.')];
    await create({ input: [decision], conversation_id: conversation.id, stream: 'off' });
    for (const name of ['retrieveResponse', 'cancelResponse', 'listInputItems', 'listDecisions'])
      expect([name, (await call(name, { parameters })).status]).toEqual([name, 200]);
    expect((await call('listConversations', { query: '?limit=2' })).status).toBe(200);
    expect((await call('retrieveConversation', { parameters: conversation })).status).toBe(200);
    expect((await call('deleteResponse', { parameters })).status).toBe(204);
    expect((await call('deleteConversation', { parameters: conversation })).status).toBe(204);
    for (const name of [
      'retrieveResponse',
      'cancelResponse',
      'listInputItems',
      'listDecisions',
      'deleteResponse',
    ])
      expect([name, (await call(name, { parameters })).status]).toEqual([name, 404]);
    for (const name of ['retrieveConversation', 'deleteConversation'])
      expect([name, (await call(name, { parameters: conversation })).status]).toEqual([name, 404]);
    expect((await call('listConversations', { query: '?limit=0' })).status).toBe(422);
    expect((await create({ input: 7 })).status).toBe(422);
  });
});

it('covered every operation, with success and with an error', () => {
  expect(uncalled(api, 'agent')).toEqual({ good: [], bad: [] });
});
