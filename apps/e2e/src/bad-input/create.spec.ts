import { describe, expect } from 'vitest';
import type { JanError } from '../clients/jan-client.ts';
import { anyString } from '../checks/matchers.ts';
import { mutationsOf } from '../checks/mutations.ts';
import { scenario } from '../scenario.ts';
import { badInputSystem, expectRefusal, inParallel, path } from './bad-input.ts';

const { send, jan } = await badInputSystem();

const valid = { model: 'jan-v2-30b', input: 'Hello' };

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
