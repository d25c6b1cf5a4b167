import { text } from '@antiphon/service-kit/testing';
import { expect } from 'vitest';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const token = await system.token();
const json = { 'content-type': 'application/json' };
const caller = { ...json, authorization: `Bearer ${token}` };

const post = async (path: string, body: string | null, headers: Record<string, string> = caller) => {
  const answer = await fetch(system.url + path, { method: 'POST', body, headers });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
};

scenario('entry-identity-first', 'a body that is not JSON is 401 before it is 400', async () => {
  for (const path of [
    '/v1/responses',
    '/responses/v1/responses',
    '/api/v1/responses',
    '/codex/v1/responses',
    '/v1/chat/completions',
    '/v1/mcp/servers',
    '/v1/vector_stores',
    '/mcp',
    '/llm/auth/upgrade',
    '/llm/auth/api-keys',
  ]) {
    expect([path, (await post(path, '{"broken', json)).status]).toEqual([path, 401]);
    const status = path.startsWith('/api/') ? 422 : 400;
    expect([path, (await post(path, '{"broken')).status]).toEqual([path, status]);
  }
});

scenario('entry-no-store', 'a reply with a secret forbids caching', async () => {
  const login = await post('/llm/auth/guest-login', null, {});
  const { refresh_token } = JSON.parse(login.text) as { refresh_token: string };
  const endpoint = await post(
    '/v1/webhook_endpoints',
    JSON.stringify({ name: 'mine', url: 'https://example.com/hook', event_types: ['response.completed'] }),
  );
  const { id } = JSON.parse(endpoint.text) as { id: string };
  const answers = {
    login,
    refresh: await post('/llm/auth/refresh-token', JSON.stringify({ refresh_token }), json),
    key: await post('/llm/auth/api-keys', '{"name":"ci"}'),
    endpoint,
    rotated: await post(`/v1/webhook_endpoints/${id}/rotate_secret`, '{}'),
    secret: await fetch(`${system.url}/v1/webhooks/secret`, { headers: caller }),
    'rotated secret': await post('/v1/webhooks/secret/rotate', null),
    response: await post('/v1/responses', '{"model":"gpt-scripted","input":"x"}'),
  };
  for (const [what, { status, headers }] of Object.entries(answers)) {
    expect([what, status < 300]).toEqual([what, true]);
    expect([what, headers.get('cache-control')]).toEqual([what, 'no-store']);
  }
  const keys = await fetch(`${system.url}/.well-known/jwks.json`);
  expect(keys.headers.get('cache-control')).toMatch(/^public/);
});

scenario(
  'entry-unrouted',
  'an unknown path below /v1 is 404 in the shape of the openai dialect',
  async () => {
    for (const path of ['/v1/nothing', '/v1/batches', '/v1/filesfoo', '/v1/responsesfoo', '/v1/audio/speech'])
      for (const method of ['GET', 'POST', 'DELETE']) {
        const body = method === 'POST' ? '{"broken' : null;
        const answer = await fetch(system.url + path, { method, headers: caller, body });
        expect([path, method, answer.status]).toEqual([path, method, 404]);
        expect(await answer.json()).toEqual({
          error: {
            message: `There is no ${method} ${path}.`,
            type: 'not_found',
            code: 'not_found',
            param: null,
          },
        });
      }
  },
);

/** A text that PostgreSQL refuses, escaped as JSON. */
const unstorable = 'a\\u0000b\\ud83d';
const mended = 'a�b�';

scenario('entry-tool-texts', 'tool outputs are made storable in every dialect', async () => {
  const seen: string[] = [];
  system.provider.script = ({ toolOutputs }) => {
    seen.push(...toolOutputs);
    return [text('Thanks.')];
  };
  const call = '{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"}';
  const chatCall =
    '{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]}';
  const bodies: Record<string, string> = {
    '/v1/responses': `{"model":"gpt-scripted","input":[${call},{"type":"function_call_output","call_id":"c1","output":"${unstorable}"}]}`,
    '/codex/v1/responses': `{"model":"gpt-scripted","input":[${call},{"type":"function_call_output","call_id":"c1","output":[{"type":"input_text","text":"${unstorable}"}]}]}`,
    '/responses/v1/responses': `{"model":"gpt-scripted","input":[${chatCall},{"role":"tool","tool_call_id":"c1","content":"${unstorable}"}]}`,
    '/v1/chat/completions': `{"model":"gpt-scripted","messages":[{"role":"user","content":"x"},${chatCall},{"role":"tool","tool_call_id":"c1","content":"${unstorable}"}]}`,
    '/api/v1/responses': `{"stream":"off","store":false,"input":[{"type":"message","role":"user","content":[{"type":"text","text":"x"}]},{"type":"message","role":"assistant","content":[],"tool_calls":[{"id":"c1","name":"get_http_requests","args":{},"type":"tool_call"}]},{"type":"message","role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"${unstorable}"}]}]}`,
  };
  for (const [path, body] of Object.entries(bodies)) {
    const answer = await post(path, body, { ...caller, accept: 'application/json' });
    expect([path, answer.status, answer.text.slice(0, 300)]).toEqual([path, 200, expect.anything()]);
    expect([path, seen.at(-1)]).toEqual([path, mended]);
  }
});

scenario('entry-tool-texts', 'elsewhere the error names the place of the text', async () => {
  const places: [path: string, body: string, place: string][] = [
    [
      '/v1/responses',
      `{"model":"m","input":[{"role":"user","content":"${unstorable}"}]}`,
      'input[0].content',
    ],
    ['/v1/responses', `{"model":"m","input":"x","metadata":{"a":"${unstorable}"}}`, 'metadata.a'],
    ['/responses/v1/responses', `{"model":"m","input":"${unstorable}"}`, 'input'],
    [
      '/v1/chat/completions',
      `{"model":"m","messages":[{"role":"user","content":"${unstorable}"}]}`,
      'messages[0].content',
    ],
    ['/api/v1/responses', `{"input":"${unstorable}"}`, 'input'],
  ];
  for (const [path, body, place] of places) {
    const answer = await post(path, body);
    expect([path, answer.status]).toEqual([path, path.startsWith('/api/') ? 422 : 400]);
    expect(answer.text).toContain(`${place} holds a NUL character or half of a surrogate pair`);
  }
});
