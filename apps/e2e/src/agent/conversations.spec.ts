import { describe, expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { type Body, agentSystem, json, responses } from './agent-system.ts';

const { system, createResponse, provider, call, otherToken, proposes, put, create, decide } =
  await agentSystem();

describe('conversations', () => {
  scenario('agent-conversations', 'go on, branch, are listed, read and deleted', async () => {
    const token = await system.token();
    const say = (input: string, more: Body = {}) =>
      createResponse({ input, ...more, disable_cache: true }, token);
    const one = await say('One');
    const { conversation_id: conversation } = one;
    const two = await say('Two', { conversation_id: conversation });
    const seen = async (more: Body) => {
      const { length } = provider.calls;
      const response = await say('Next', more);
      const messages = provider.calls[length]?.body.messages ?? [];
      return {
        response,
        users: messages.filter(({ role }) => role === 'user').map(({ content }) => content),
      };
    };
    const branch = await seen({ previous_response_id: one.id });
    expect([branch.response.conversation_id, branch.users]).toEqual([conversation, ['One', 'Next']]);
    const asOfTwo = await seen({ conversation_id: conversation, previous_response_id: two.id });
    expect(asOfTwo.users).toEqual(['One', 'Two', 'Next']);
    const latest = await seen({ conversation_id: conversation });
    expect(latest.users).toEqual(['One', 'Two', 'Next', 'Next']);

    const { conversation_id: newer } = await say('Another conversation');
    const list = (query = '') =>
      json<{ conversations: Body[]; has_more: boolean }>(call(`/api/v1/conversations${query}`, { token }));
    expect(await list('?limit=1')).toMatchObject({
      conversations: [{ id: newer, preview: 'Another conversation', status: 'completed' }],
      has_more: true,
    });
    expect(await list(`?after=${newer}`)).toMatchObject({
      conversations: [{ id: conversation, preview: 'One' }],
      has_more: false,
    });
    const path = `/api/v1/conversations/${conversation}`;
    const read = await json<{ status: string; messages: { role: string }[] }>(call(path, { token }));
    expect([read.status, read.messages.length]).toEqual(['completed', 10]);
    for (const method of ['GET', 'DELETE'])
      expect((await call(path, { method, token: otherToken })).status).toBe(404);
    expect((await call(path, { method: 'DELETE', token })).status).toBe(204);
    expect((await call(path, { token })).status).toBe(404);
    expect((await call(`${responses}/${one.id}`, { token })).status).toBe(404);
  });

  scenario('agent-conversation-access', 'are refused to others, and while calls wait', async () => {
    proposes(put());
    const interrupted = await createResponse({ input: 'Update', disable_cache: true });
    const { conversation_id: conversation } = interrupted;
    const next = { input: 'And now?', stream: 'off', conversation_id: conversation };
    expect((await create(next)).status).toBe(409);
    expect((await create(next, { token: otherToken })).status).toBe(403);
    const accept = [{ tool_call_id: 'call_0', decision: 'accept' }];
    expect((await decide(interrupted, accept, otherToken)).status).toBe(403);
    expect((await decide(interrupted, [{ tool_call_id: 'call_9', decision: 'accept' }])).status).toBe(404);
    const unknown = { ...interrupted, conversation_id: 'conv_00000000000000000000000000000000' };
    expect((await decide(unknown, accept)).status).toBe(404);
    expect((await decide(interrupted, [{ tool_call_id: 'call_0', decision: 'maybe' }])).status).toBe(422);
    expect((await decide(interrupted, accept)).status).toBe(200);
    expect((await create(next)).status).toBe(200);
  });
});
