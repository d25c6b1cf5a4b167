import type { JsonObject } from '@antiphon/contracts';
import { describe, expect } from 'vitest';
import type { Answer } from '../clients/jan-client.ts';
import { anyString, textLike, textWith } from '../checks/matchers.ts';
import { mutationsOf } from '../checks/mutations.ts';
import { scenario } from '../scenario.ts';
import { badInputSystem, inParallel } from './bad-input.ts';

const { jan } = await badInputSystem();

const paths = ['/v1/messages', '/v1/messages/count_tokens'] as const;
const messages = [{ role: 'user', content: 'Hi' }];
const valid = { model: 'gpt-scripted', max_tokens: 100, messages };

interface MessagesError {
  type: string;
  error: { type: string; message: string };
}

const send = (body: NonNullable<RequestInit['body']>, path: string = paths[0], type = 'application/json') =>
  jan.request<MessagesError>('POST', path, { body, headers: { 'content-type': type } });

/** Checks the status and the shape of a refusal, which shows no internals. `what` names the case. */
function expectRefusal({ status, body, text, headers }: Answer<MessagesError>, wanted: number, what: string) {
  expect([what, status, text.slice(0, 300)]).toEqual([what, wanted, anyString]);
  expect(body, what).toEqual({
    type: 'error',
    error: { type: textLike(/_error$/), message: textLike(/\w/), details: null },
    request_id: headers.get('x-request-id'),
  });
  expect(text, what).not.toMatch(/\bat \S+ \(|node_modules|select |insert into/i);
}

describe('a create of the messages dialect', () => {
  scenario('bad-json', 'that is not JSON is 400', async () => {
    for (const body of [
      '{"model":"gpt',
      '{"max_tokens":1,}',
      'hello',
      '{}{}',
      '\ufeff',
      '',
      'null',
      '[]',
      '7',
    ])
      for (const path of paths) expectRefusal(await send(body, path), 400, `${path} ${body}`);
  });

  scenario(['bad-types', 'bad-values'], 'with a wrong field is 400 and names it', async () => {
    const wrong: Record<string, unknown[]> = {
      model: [null, 7, '', [], 'x'.repeat(300)],
      max_tokens: [null, 0, -1, 1.5, '100', 1e30, []],
      messages: [null, 'Hi', [], {}, [7], [null], [{}], [{ role: 'user' }], [{ role: 'tool', content: 'x' }]],
      system: [7, true, {}, [7], [{ type: 'image' }]],
      tools: [
        'x',
        {},
        [7],
        [{}],
        [{ name: 'a b', input_schema: {} }],
        [{ type: 'bash_20250124', name: 'bash' }],
      ],
      tool_choice: ['auto', 7, [], { type: 'some' }, { type: 'tool' }, { type: 'tool', name: 'unknown' }],
      thinking: ['on', 7, { type: 'enabled' }, { type: 'enabled', budget_tokens: 1 }, { type: 'later' }],
      mcp_servers: ['x', [7], [{}], [{ type: 'url', name: 'a', url: 'file:///etc/passwd' }]],
      temperature: ['1', -0.1, 1.1, true],
      top_p: ['1', -1, 2],
      top_k: ['1', -1, 1.5],
      stop_sequences: ['x', [7], ['']],
      stream: ['true', 1, {}],
      metadata: ['x', 7, { user_id: 7 }, { user_id: 'x'.repeat(600) }],
      output_config: [
        'x',
        { effort: 'huge' },
        { format: { type: 'xml' } },
        { format: { type: 'json_schema' } },
      ],
      service_tier: [7, 'gold'],
      container: ['c_1'],
      inference_geo: ['eu'],
      thread: ['t_1'],
    };
    for (const [field, values] of Object.entries(wrong)) {
      for (const value of values) {
        const what = `${field}: ${JSON.stringify(value).slice(0, 80)}`;
        const { status, body } = await send(JSON.stringify({ ...valid, [field]: value }));
        expect([what, status, body]).toMatchObject([
          what,
          400,
          { type: 'error', error: { type: 'invalid_request_error', message: textWith(field) } },
        ]);
      }
    }
  });

  scenario('bad-types', 'without a required field is 400 and names it', async () => {
    for (const field of ['model', 'max_tokens', 'messages']) {
      const answer = await send(JSON.stringify({ ...valid, [field]: undefined }));
      expectRefusal(answer, 400, field);
      expect(answer.body.error.message).toContain(field);
    }
  });

  scenario('bad-values', 'with a wrong block is 400 and names its place', async () => {
    const said = (...content: object[]) => [...messages, { role: 'user', content }];
    const asked = { role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: 'f', input: {} }] };
    const wrong: [object[], string][] = [
      [said({ type: 'text' }), 'messages[1].content[0].text'],
      [said({ type: 'text', text: 'x' }, { type: 'video' }), 'messages[1].content[1].type'],
      [said({ type: 'image', source: { type: 'base64', data: 'aGk=' } }), 'messages[1].content[0].source'],
      [said({ type: 'tool_result', tool_use_id: 'none', content: 'x' }), 'messages[1]'],
      [[...messages, asked, { role: 'user', content: 'x' }], 'messages'],
      [
        [...messages, { role: 'assistant', content: [{ ...asked.content[0], input: 7 }] }],
        'messages[1].content[0].input',
      ],
    ];
    for (const [list, place] of wrong)
      for (const path of paths) {
        const answer = await send(JSON.stringify({ ...valid, messages: list }), path);
        expectRefusal(answer, 400, `${path} ${place}`);
        expect(answer.body.error.message).toContain(place);
      }
  });

  scenario(['bad-depth', 'bad-text'], 'nested too deeply, or with text that is none, is 400', async () => {
    const body = (more: string) =>
      `{"model":"gpt-scripted","max_tokens":9,"messages":[{"role":"user","content":"x"}],${more}}`;
    const bodies = {
      arrays: body(`"metadata":${'['.repeat(5_000)}${']'.repeat(5_000)}`),
      objects: body(`"metadata":${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`),
      'NUL in a text': body('"system":"a\\u0000b"'),
      'half a pair': body('"stop_sequences":["\\ud83d"]'),
      __proto__: body('"metadata":{"__proto__":{"admin":true}}'),
    };
    for (const [what, text] of Object.entries(bodies)) expectRefusal(await send(text), 400, what);
  });

  scenario('bad-content-type', 'that is not sent as JSON is 415', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'nonsense'])
      expectRefusal(await send(JSON.stringify(valid), paths[0], type), 415, type);
  });

  scenario(
    'bad-anything',
    'with random changes is never a 5xx, nor is a count',
    async () => {
      const body: JsonObject = {
        ...valid,
        system: [{ type: 'text', text: 'Be kind', cache_control: { type: 'ephemeral' } }],
        messages: [
          { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
          {
            role: 'assistant',
            content: [{ type: 'tool_use', id: 'call_1', name: 'get_time', input: { zone: 'UTC' } }],
          },
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 'call_1', content: [{ type: 'text', text: '12:00' }] },
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
              { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'A page' } },
            ],
          },
        ],
        tools: [
          { name: 'get_time', description: 'The time', input_schema: { type: 'object', properties: {} } },
        ],
        tool_choice: { type: 'auto', disable_parallel_tool_use: true },
        thinking: { type: 'enabled', budget_tokens: 2_048 },
        temperature: 0.7,
        stop_sequences: ['END'],
        metadata: { user_id: 'user_1' },
        stream: false,
      };
      let refused = 0;
      const bodies = mutationsOf(body, { count: 300, seed: 20261129 });
      await inParallel(bodies, 8, async (mutated) => {
        for (const path of paths) {
          const { status, body: answer, text } = await send(mutated, path);
          if (status === 200) continue;
          refused++;
          expect(status, `${path} ${mutated.slice(0, 1_000)} → ${text}`).toBeLessThan(500);
          expect(answer, mutated).toMatchObject({
            type: 'error',
            error: { type: anyString, message: anyString },
          });
        }
      });
      // Some mutations are valid and some are not.
      expect(refused).toBeGreaterThan(100);
      expect(refused).toBeLessThan(580);
    },
    60_000,
  );
});

describe('the messages dialect', () => {
  scenario('bad-anything', 'answers an unknown path or method with 404 or 405 in its shape', async () => {
    for (const [method, at] of [
      ['GET', '/v1/messages'],
      ['DELETE', '/v1/messages/msg_1'],
      ['GET', '/v1/messages/count_tokens'],
      ['POST', '/v1/messages/batches'],
    ] as const) {
      const answer = await jan.request<MessagesError>(method, at);
      expect([404, 405], `${method} ${at}`).toContain(answer.status);
      expect(answer.body, `${method} ${at}`).toMatchObject({ type: 'error', error: { message: anyString } });
    }
  });
});
