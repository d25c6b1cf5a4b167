import type { JsonValue } from '@antiphon/contracts';
import { afterAll, describe, expect } from 'vitest';
import type { Answer, JanError } from './clients/jan-client.ts';
import { anyString, textLike } from './checks/matchers.ts';
import { mutationsOf } from './checks/mutations.ts';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const jan = await system.jan();
const path = '/responses/v1/responses';

const valid = { model: 'jan-v2-30b', input: 'Hello' };

/** Sends a raw body. */
const send = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
  jan.request<JanError>('POST', path, { body, headers: { 'content-type': 'application/json', ...headers } });

function expectRefusal(answer: Answer<JanError>, status: number, what = ''): void {
  expect([what, answer.status, answer.text.slice(0, 300)]).toEqual([what, status, expect.anything()]);
  expect(answer.body, what).toEqual({
    error: {
      message: textLike(/\w/),
      type: textLike(/_error$/),
      code: anyString,
    },
  });
  expect(answer.headers.get('x-request-id'), what).toBeTruthy();
  expect(answer.text, what).not.toMatch(/\bat \S+ \(|node_modules|select |insert into/i);
}

/** The system still answers after all of it. */
afterAll(async () => {
  expect((await fetch(`${system.url}/readyz`)).status).toBe(200);
  expect((await jan.create({ input: 'Still there?' })).status).toBe(200);
});

describe('a create', () => {
  scenario('bad-json', 'that is not JSON is 400', async () => {
    const bodies = {
      'cut off': '{"model":"jan-v2-30b","input":"Hel',
      'a trailing comma': '{"model":"jan-v2-30b","input":"Hello",}',
      'single quotes': "{'model':'jan-v2-30b'}",
      'a word': 'hello',
      NaN: '{"model":"jan-v2-30b","input":"x","temperature":NaN}',
      'two values': '{}{}',
      'not UTF-8': new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22]),
      'a byte order mark alone': '\ufeff',
    };
    for (const [what, body] of Object.entries(bodies)) expectRefusal(await send(body), 400, what);
  });

  scenario('bad-types', 'that is not an object is 400', async () => {
    for (const body of ['', 'null', '[]', '"text"', '7', 'true', '[{"model":"jan-v2-30b","input":"x"}]']) {
      expectRefusal(await send(body), 400, body);
    }
  });

  scenario('bad-types', 'with a field of the wrong type is 400 and names it', async () => {
    const wrong: Record<string, unknown[]> = {
      model: [null, 7, true, [], {}, ''],
      input: [
        null,
        7,
        true,
        [],
        '',
        {},
        [7],
        [null],
        [{ role: 'user' }],
        [{ role: 'nobody', content: 'x' }],
        [{ content: 'x' }],
      ],
      system_prompt: [7, true, [], {}],
      temperature: ['0.7', true, [], {}],
      top_p: ['1', true, []],
      max_tokens: ['100', true, 1.5, []],
      stream: ['true', 1, [], {}],
      background: ['true', 1, [], {}],
      store: ['false', 0, [], {}],
      tools: [
        'google_search',
        7,
        {},
        [7],
        [null],
        [{}],
        [{ type: 7 }],
        [{ type: 'function' }],
        [{ type: 'function', function: 7 }],
      ],
      tool_choice: [7, 'sometimes', [], { type: 'function' }, true],
      previous_response_id: [7, true, [], {}],
      conversation: [7, true, [], {}],
      metadata: ['text', 7, true, []],
      user: [7, true, [], {}],
    };
    for (const [field, values] of Object.entries(wrong)) {
      for (const value of values) {
        const what = `${field}: ${JSON.stringify(value)}`;
        const answer = await jan.create<JanError>({ ...valid, [field]: value });
        expectRefusal(answer, 400, what);
        expect(answer.body.error.message, what).toContain(field);
      }
    }
  });

  scenario('bad-values', 'with a value out of range is 400 and names it', async () => {
    const wrong: Record<string, string[]> = {
      temperature: ['-0.1', '2.1', '1e308', '-1e999', '1e999'],
      top_p: ['-1', '1.0001'],
      presence_penalty: ['-2.5', '3'],
      frequency_penalty: ['-2.5', '3'],
      max_tokens: ['0', '-1', '1e30', '9007199254740993', '99999999999999999999999999'],
      'metadata.max_depth': ['0', '16', '-1', '1e9'],
    };
    for (const [field, values] of Object.entries(wrong)) {
      const [outer = '', inner] = field.split('.');
      for (const value of values) {
        const what = `${field}: ${value}`;
        const answer = await send(
          `{"model":"jan-v2-30b","input":"x","${outer}":${inner === undefined ? value : `{"${inner}":${value}}`}}`,
        );
        expectRefusal(answer, 400, what);
        expect(answer.body.error.message, what).toContain(inner ?? outer);
      }
    }
    expectRefusal(await jan.create<JanError>({ ...valid, model: 'x'.repeat(300) }), 400);
    expectRefusal(await jan.create<JanError>({ ...valid, model: 'no-such-model' }), 400);
    expectRefusal(await jan.create<JanError>({ ...valid, conversation: 'x'.repeat(200) }), 400);
  });

  scenario('bad-types', 'without its required fields is 400 and names them', async () => {
    const noInput = await send(JSON.stringify({ model: 'jan-v2-30b' }));
    expectRefusal(noInput, 400);
    expect(noInput.body.error.message).toContain('input');
    const noModel = await send(JSON.stringify({ input: 'x' }));
    expectRefusal(noModel, 400);
    expect(noModel.body.error.message).toContain('model');
  });

  scenario('bad-size', 'over the limit is 413', async () => {
    const oversized = await jan.request('POST', path, {
      body: JSON.stringify({ ...valid, input: 'x'.repeat(9 * 1024 * 1024) }),
      headers: { 'content-type': 'application/json' },
    });
    // The gateway refuses it in its own shape, as Kong does.
    expect(oversized.status).toBe(413);
    expect(oversized.headers.get('x-request-id')).toBeTruthy();
    const large = await jan.create({ ...valid, input: 'x'.repeat(1024 * 1024) });
    expect(large.status).toBe(200);
  });

  scenario('bad-depth', 'nested too deeply is 400', async () => {
    for (const levels of [101, 5_000, 200_000]) {
      const arrays = `{"model":"jan-v2-30b","input":"x","metadata":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}}`;
      expectRefusal(await send(arrays), 400, `${levels} arrays`);
      const objects = `{"model":"jan-v2-30b","input":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`;
      expectRefusal(await send(objects), 400, `${levels} objects`);
    }
    const within = await jan.create({
      ...valid,
      metadata: { a: JSON.parse(`${'['.repeat(90)}${']'.repeat(90)}`) as unknown },
    });
    expect(within.status).toBe(200);
  });

  scenario('bad-text', 'with text that cannot be stored is 400', async () => {
    const bodies = {
      'NUL in the input': '{"model":"jan-v2-30b","input":"a\\u0000b"}',
      'NUL in a key': '{"model":"jan-v2-30b","input":"x","metadata":{"a\\u0000":1}}',
      'half a pair in the input': '{"model":"jan-v2-30b","input":"\\ud83d"}',
      'half a pair in metadata': '{"model":"jan-v2-30b","input":"x","metadata":{"a":["\\udc00"]}}',
      __proto__: '{"model":"jan-v2-30b","input":"x","metadata":{"__proto__":{"admin":true}}}',
    };
    for (const [what, body] of Object.entries(bodies)) expectRefusal(await send(body), 400, what);
    const plain = { constructor: 'x', toString: 'y', emoji: '😀', control: '\u0001\u001f', line: '\u2028' };
    const answer = await jan.create({ ...valid, metadata: plain });
    expect(answer.status).toBe(200);
    expect((await jan.get(answer.body.id)).body.metadata).toEqual(plain);
  });

  scenario('bad-content-type', 'that is not sent as JSON is 415', async () => {
    const body = JSON.stringify(valid);
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
      'nonsense',
      'application/jsonp',
    ]) {
      expectRefusal(await send(body, { 'content-type': type }), 415, type);
    }
    expectRefusal(await send(body, { 'content-encoding': 'gzip' }), 415, 'gzip');
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'Application/JSON',
      'application/vnd.api+json',
    ]) {
      expect([type, (await send(body, { 'content-type': type })).status]).toEqual([type, 200]);
    }
  });

  scenario(
    'bad-anything',
    'with random changes is never a 5xx',
    async () => {
      const body = {
        model: 'jan-v2-30b',
        input: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
        system_prompt: 'Be kind',
        temperature: 0.7,
        top_p: 1,
        max_tokens: 100,
        stream: false,
        background: false,
        store: true,
        tools: [{ type: 'function', function: { name: 'google_search' } }],
        tool_choice: 'auto',
        conversation: 'mutations',
        metadata: { max_depth: 3, user_id: 'user_1', nested: { list: [1, 'two', null] } },
        user: 'user_1',
      };
      const bodies = mutationsOf(body, { count: 300, seed: 20261122 });
      const refused: number[] = [];
      await inParallel(bodies, 8, async (mutated) => {
        const answer = await jan.request<JanError>('POST', path, {
          // Runs of one conversation would lock each other out.
          body: mutated.replace('"mutations"', JSON.stringify(await jan.newConversation())),
          headers: { 'content-type': 'application/json' },
        });
        if (answer.status === 200) return;
        refused.push(answer.status);
        expect(answer.status, `${mutated.slice(0, 500)} → ${answer.text}`).toBeLessThan(500);
        expect(answer.body, mutated).toMatchObject({
          error: { message: anyString, type: anyString },
        });
      });
      // Some mutations are valid and some are not.
      expect(refused.length).toBeGreaterThan(50);
      expect(refused.length).toBeLessThan(290);
    },
    60_000,
  );
});

describe('the other APIs', () => {
  scenario(
    'bad-anything',
    'accept random changes without a 5xx, too',
    async () => {
      const weather = {
        name: 'get_weather',
        description: 'Weather',
        parameters: { type: 'object', properties: {} },
      };
      const bodies: Record<string, JsonValue> = {
        '/v1/responses': {
          model: 'gpt-scripted',
          input: [
            { role: 'user', content: [{ type: 'input_text', text: 'Weather?' }] },
            { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{}' },
            { type: 'function_call_output', call_id: 'call_1', output: 'sunny' },
          ],
          instructions: 'Be kind',
          tools: [{ type: 'function', ...weather, strict: true }],
          tool_choice: { type: 'function', name: 'get_weather' },
          text: { format: { type: 'json_schema', name: 'answer', schema: { type: 'object' }, strict: true } },
          reasoning: { effort: 'low', summary: 'auto' },
          temperature: 1,
          max_output_tokens: 50,
          max_tool_calls: 2,
          truncation: 'auto',
          include: ['message.output_text.logprobs'],
          top_logprobs: 1,
          safety_identifier: 'user-1',
          stream_options: { include_obfuscation: false },
          metadata: { a: 'b' },
        },
        '/v1/responses/input_tokens': {
          model: 'gpt-scripted',
          input: [{ type: 'item_reference', id: 'msg_1' }],
          tools: [{ type: 'function', ...weather }],
        },
        '/v1/responses/compact': {
          model: 'gpt-scripted',
          input: [
            { type: 'compaction', id: 'cmp_1', encrypted_content: 'x' },
            { role: 'user', content: 'Hello' },
          ],
          instructions: 'Be kind',
        },
        '/v1/conversations': {
          items: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }],
          metadata: { a: 'b' },
        },
        [`/v1/conversations/${await makeConversation()}`]: { metadata: { a: 'b' } },
        [`/v1/conversations/${await makeConversation()}/items`]: {
          items: [
            { role: 'user', content: 'Hello' },
            { type: 'function_call_output', call_id: 'c', output: 'x' },
          ],
        },
        '/llm/v1/chat/completions': {
          model: 'gpt-scripted',
          messages: [
            { role: 'system', content: 'Be kind' },
            { role: 'user', content: [{ type: 'text', text: 'Weather?' }] },
            {
              role: 'assistant',
              tool_calls: [
                { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{}' } },
              ],
            },
            { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
          ],
          tools: [{ type: 'function', function: weather }],
          tool_choice: 'auto',
          response_format: { type: 'json_object' },
          temperature: 1,
          max_tokens: 50,
          stop: ['x'],
        },
        '/llm/auth/upgrade': { email: 'ada@example.com', username: 'ada', full_name: 'Ada' },
        '/llm/auth/refresh-token': { refresh_token: 'x' },
        '/llm/auth/validate': { token: 'x' },
        '/llm/auth/revoke': { token: 'x' },
        '/llm/auth/api-keys': { name: 'ci' },
      };
      for (const [at, body] of Object.entries(bodies)) {
        const count = at.startsWith('/llm/auth') || at.includes('conversations/') ? 25 : 100;
        await inParallel(mutationsOf(body, { count, seed: at.length }), 8, async (mutated) => {
          const { status, text } = await jan.request('POST', at, {
            body: mutated,
            headers: { 'content-type': 'application/json' },
          });
          expect(status, `${at} ${mutated.slice(0, 500)} → ${text.slice(0, 300)}`).toBeLessThan(500);
        });
      }
    },
    60_000,
  );
});

describe('a create of the openai dialect', () => {
  scenario(['bad-types', 'bad-values'], 'with a wrong field is 400, with its param and a code', async () => {
    const wrong: Record<string, unknown[]> = {
      model: [null, 7, '', [], 'x'.repeat(300)],
      input: [
        7,
        true,
        {},
        [7],
        [{ role: 'nobody', content: 'x' }],
        [{ type: 'item_reference', id: 'msg_1' }],
      ],
      instructions: [7, []],
      include: ['x', ['x'], [7], {}],
      max_output_tokens: [0, 1.5, '1'],
      max_tool_calls: [0, -1, '1'],
      metadata: [
        'x',
        { a: 1 },
        { a: 'x'.repeat(513) },
        Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, ''])),
      ],
      modalities: ['text', [], ['video']],
      parallel_tool_calls: ['yes', 1],
      previous_response_id: [7, {}, ''],
      conversation: [7, [], {}, ''],
      prompt_cache_key: [7, 'x'.repeat(600)],
      reasoning: ['high', { effort: 'huge' }, { summary: 'long' }],
      safety_identifier: [7, 'x'.repeat(600)],
      service_tier: [7, 'gold'],
      store: ['yes', 1],
      stream: ['yes', 1],
      stream_options: ['x', { include_obfuscation: 'no' }],
      temperature: [-1, 2.1, '1'],
      text: [
        'x',
        { format: 'x' },
        { format: { type: 'xml' } },
        { format: { type: 'json_schema' } },
        { verbosity: 'some' },
      ],
      tool_choice: [
        7,
        'sometimes',
        { type: 'function' },
        { type: 'function', name: 'unknown' },
        { type: 'allowed_tools' },
      ],
      tools: ['x', [7], [{}], [{ type: 'web_search' }], [{ type: 'function' }]],
      top_logprobs: [-1, 21, 1.5],
      top_p: [-1, 1.1],
      truncation: ['some', 7],
      user: [7, []],
    };
    for (const [field, values] of Object.entries(wrong)) {
      for (const value of values) {
        const what = `${field}: ${JSON.stringify(value).slice(0, 80)}`;
        const { status, body } = await jan.request<{ error: { param: string } }>('POST', '/v1/responses', {
          body: JSON.stringify({ model: 'gpt-scripted', input: 'x', [field]: value }),
          headers: { 'content-type': 'application/json' },
        });
        expect([what, status, body]).toEqual([
          what,
          400,
          { error: { message: anyString, type: 'invalid_request_error', code: anyString, param: anyString } },
        ]);
        expect(body.error.param, what).toMatch(new RegExp(`^${field}\\b`));
      }
    }
  });
});

describe('the openai dialect', () => {
  const call = async (method: string, at: string, body?: object) => {
    const { status, body: answer } = await jan.request<{ error: { param: string | null } }>(method, at, {
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return [status, answer.error.param];
  };

  scenario('bad-values', 'names a fault within a field by its place', async () => {
    const message = (...content: unknown[]) => ({
      input: [
        { role: 'user', content: 'x' },
        { role: 'user', content },
      ],
    });
    const server = { type: 'mcp', server_label: 'a', server_url: 'https://mcp.example/' };
    const wrong: [object, string][] = [
      [
        message({ type: 'input_text', text: 'x' }, { type: 'input_image', image_url: 7 }),
        'input[1].content[1].image_url',
      ],
      [message({ type: 'input_text' }), 'input[1].content[0].text'],
      [message({ type: 'video' }), 'input[1].content[0].type'],
      [{ input: [{ type: 'function_call_output', output: 'x' }] }, 'input[0].call_id'],
      [
        {
          tools: [
            { type: 'function', name: 'a' },
            { type: 'function', name: 'b c' },
          ],
        },
        'tools[1].name',
      ],
      [
        {
          tools: [
            { type: 'function', name: 'a' },
            { ...server, server_url: 'http://10.0.0.1/' },
          ],
        },
        'tools[1].server_url',
      ],
      [{ tools: [{ ...server, headers: { a: 7 } }] }, 'tools[0].headers.a'],
      [
        { text: { format: { type: 'json_schema', name: 'x', schema: { type: 'nothing' } } } },
        'text.format.schema',
      ],
      [{ reasoning: { effort: 'huge' } }, 'reasoning.effort'],
      [{ metadata: { a: 1 } }, 'metadata.a'],
      [{ include: ['everything'] }, 'include[0]'],
      [{ prompt: { id: 7 } }, 'prompt.id'],
    ];
    for (const [fields, param] of wrong) {
      const body = { model: 'gpt-scripted', input: 'x', ...fields };
      expect([param, await call('POST', '/v1/responses', body)]).toEqual([param, [400, param]]);
    }
  });

  scenario('bad-text', 'refuses NUL characters in URLs of any route', async () => {
    for (const name of ['after', 'model', 'conversation', 'metadata[a]'])
      expect([name, await call('GET', `/v1/responses?${name}=a%00b`)]).toEqual([name, [400, name]]);
    expect(await call('GET', '/v1/responses?metadata[%00]=x')).toEqual([400, null]);
    const conversation = `/v1/conversations/${await makeConversation()}`;
    for (const at of ['/v1/conversations/%00', '/v1/conversations/%00/items', `${conversation}/items/%00`])
      for (const method of ['GET', 'DELETE']) {
        if (method === 'DELETE' && at.endsWith('/items')) continue;
        expect([method, at, ...(await call(method, at))]).toEqual([method, at, 404, null]);
      }
    expect(await call('DELETE', '/v1/webhooks/a%00b')).toEqual([404, null]);
    const agent = await jan.request('GET', '/api/v1/conversations/%00');
    expect([agent.status, agent.body]).toEqual([404, { detail: anyString }]);
  });
});

describe('an id', () => {
  scenario('bad-ids', 'that cannot be one is 404 wherever it stands', async () => {
    const ids = [
      'invalid_id',
      'resp_',
      'resp_0000000000000000000000',
      'resp_%00000000000000000000000',
      'msg_00000000000000000000000000',
      "resp_'; drop table responses; --",
      'resp_ﬀ0000000000000000000000',
      '%2e%2e%2fsecret',
      'null',
      '0',
      `resp_${'0'.repeat(150)}`,
      '*',
    ];
    for (const id of ids) {
      const encoded = id.includes('%') ? id : encodeURIComponent(id);
      expectRefusal(await jan.get<JanError>(encoded), 404, `get ${id}`);
      expectRefusal(await jan.inputItems<JanError>(encoded), 404, `input_items ${id}`);
      expectRefusal(await jan.cancel<JanError>(encoded), 404, `cancel ${id}`);
      expectRefusal(await jan.delete<JanError>(encoded), 404, `delete ${id}`);
      if (id.length <= 128)
        expectRefusal(
          await jan.create<JanError>({ ...valid, previous_response_id: id }),
          404,
          `previous ${id}`,
        );
    }
    const tooLong = await jan.get<JanError>(`resp_${'0'.repeat(3_000)}`);
    expect(tooLong.status).toBeGreaterThanOrEqual(400);
    expect(tooLong.status).toBeLessThan(500);
  });

  scenario('bad-anything', 'and an unknown path or method is 404 or 405', async () => {
    for (const [method, at] of [
      ['GET', path],
      ['PUT', path],
      ['PATCH', `${path}/resp_0000000000000000000000`],
      ['POST', `${path}/resp_0000000000000000000000`],
      ['GET', `${path}/resp_0000000000000000000000/cancel`],
      ['GET', `${path}/resp_0000000000000000000000/nothing`],
      ['GET', '/responses/v1/nothing'],
    ] as const) {
      const answer = await jan.request<JanError>(method, at);
      expect([404, 405], `${method} ${at}`).toContain(answer.status);
      expect(answer.body, `${method} ${at}`).toMatchObject({
        error: { message: anyString },
      });
    }
  });
});

async function makeConversation(): Promise<string> {
  const { body } = await jan.request<{ id: string }>('POST', '/v1/conversations', {
    body: '{}',
    headers: { 'content-type': 'application/json' },
  });
  return body.id;
}

async function inParallel<Entry>(
  entries: readonly Entry[],
  count: number,
  work: (entry: Entry) => Promise<void>,
): Promise<void> {
  const waiting = [...entries];
  const lane = async () => {
    for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) await work(entry);
  };
  await Promise.all(Array.from({ length: count }, lane));
}
