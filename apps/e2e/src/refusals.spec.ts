import { describe, expect } from 'vitest';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const token = await system.token();
const model = 'gpt-scripted';

/** The path of a create in each dialect, and its fields for a stream. */
const dialects = [
  { at: '/v1/responses', streamed: true, plain: false },
  { at: '/responses/v1/responses', streamed: true, plain: false },
  { at: '/api/v1/responses', streamed: 'full', plain: 'off' },
  { at: '/codex/v1/responses', streamed: true, plain: false },
];

async function post(path: string, body: unknown) {
  const answer = await fetch(`${system.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return {
    status: answer.status,
    type: answer.headers.get('content-type')?.split(';')[0],
    text: await answer.text(),
  };
}

describe('a refused request', () => {
  scenario('refused-before-stream', 'is refused alike with stream: an unknown model', async () => {
    const unknown = { model: 'openai/no-such-model', input: 'x' };
    for (const { at, ...stream } of dialects) {
      const calls = system.provider.calls.length;
      const streamed = await post(at, { ...unknown, stream: stream.streamed });
      expect([at, streamed.status, streamed.type]).toEqual([at, 400, 'application/json']);
      const plain = await post(at, { ...unknown, stream: stream.plain });
      expect([at, plain]).toEqual([at, streamed]);
      expect(system.provider.calls).toHaveLength(calls);
    }
    const chat = { model: 'no-such-model', messages: [{ role: 'user', content: 'x' }] };
    const streamed = await post('/llm/v1/chat/completions', { ...chat, stream: true });
    expect(streamed).toEqual(await post('/llm/v1/chat/completions', chat));
    expect([streamed.status >= 400 && streamed.status < 500, streamed.type]).toEqual([
      true,
      'application/json',
    ]);
  });

  scenario(
    'refused-before-stream',
    'is refused alike for a context without truncation and a tool_choice without its tool',
    async () => {
      const long = 'word '.repeat(200_000);
      for (const at of ['/v1/responses', '/codex/v1/responses']) {
        const tooLong = await post(at, { model, input: long, stream: true });
        expect([at, tooLong.status, tooLong.type]).toEqual([at, 400, 'application/json']);
        expect(tooLong.text).toContain('context_length_exceeded');
        const choice = await post(at, { model, input: 'x', tool_choice: 'required', stream: true });
        expect([at, choice.status, choice.type]).toEqual([at, 400, 'application/json']);
      }
      const background = { model: 'no-such-model', input: 'x', background: true };
      expect((await post('/v1/responses', background)).status).toBe(400);
      expect((await post('/responses/v1/responses', background)).status).toBe(400);
    },
  );
});
