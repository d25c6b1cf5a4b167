import type { ModelDelta } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { imageCharactersMax } from '../answers/image-limit.ts';
import { ChatAnswer } from './chat-answer.ts';
import { isTransient } from '../../providers/errors/provider-errors.ts';

function answer(): ChatAnswer {
  return new ChatAnswer({ provider: 'test', account: 'here', model: 'asked', estimateInputTokens: () => 7 });
}

function chunkOf(delta: object, finishReason: string | null = null): string {
  return JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finishReason }] });
}

function readWhole(body: object): ModelDelta[] {
  const burst: ModelDelta[] = [];
  answer().whole(JSON.stringify(body), burst);
  return burst;
}

function errorOf(read: () => unknown): unknown {
  try {
    read();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** The answer of deltas and a finish reason, without the end. */
function readDeltas(deltas: object[], finishReason: string | null = 'stop'): ModelDelta[] {
  const reader = answer();
  const burst: ModelDelta[] = [];
  for (const delta of deltas)
    reader.event(JSON.stringify({ choices: [{ index: 0, delta, finish_reason: null }] }), burst);
  if (finishReason !== null)
    reader.event(JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: finishReason }] }), burst);
  reader.event('[DONE]', burst);
  return burst;
}

/** The calls of a burst, assembled. */
function callsOf(burst: ModelDelta[]) {
  const calls: { callId: string; name: string; arguments: string }[] = [];
  for (const delta of burst) {
    if (delta.type === 'call') calls[delta.call] = { callId: delta.callId, name: delta.name, arguments: '' };
    const call = delta.type === 'arguments' ? calls[delta.call] : undefined;
    if (call !== undefined && delta.type === 'arguments') call.arguments += delta.text;
  }
  return calls;
}

const piece = (call: object) => ({ tool_calls: [call] });

describe('ChatAnswer', () => {
  it('passes on the log probabilities of tokens', () => {
    const burst: ModelDelta[] = [];
    const tokens = [
      { token: 'Yes', logprob: -0.1, bytes: [1], top_logprobs: [{ token: 'No', logprob: -3, bytes: null }] },
      { token: 7 },
    ];
    const choice = { delta: { content: 'Yes' }, logprobs: { content: tokens }, finish_reason: 'stop' };
    answer().event(JSON.stringify({ choices: [choice] }), burst);
    expect(burst).toEqual([
      {
        type: 'text',
        text: 'Yes',
        logprobs: [
          { token: 'Yes', logprob: -0.1, bytes: [1], top: [{ token: 'No', logprob: -3, bytes: [78, 111] }] },
        ],
      },
    ]);
  });

  it('keeps the data that goes back to a provider with its thoughts and calls', () => {
    const detail = (more: object) => ({ reasoning_details: [{ index: 0, type: 'reasoning.text', ...more }] });
    const extra_content = { google: { thought_signature: 'abc' } };
    const burst = readDeltas([
      { reasoning: 'Hm', ...detail({ text: 'H' }) },
      detail({ text: 'm', signature: null }),
      detail({ signature: 'xyz' }),
      { reasoning_details: [{ index: 1, type: 'reasoning.encrypted', data: '123' }] },
      piece({ index: 0, id: 'a', function: { name: 'f', arguments: '{}' }, extra_content }),
    ]);
    expect(burst.filter(({ type }) => type.endsWith('_origin')).slice(1)).toEqual([
      {
        type: 'reasoning_origin',
        origin: {
          provider: 'here',
          field: 'reasoning',
          details: [
            { index: 0, type: 'reasoning.text', text: 'Hm', signature: 'xyz' },
            { index: 1, type: 'reasoning.encrypted', data: '123' },
          ],
        },
      },
      { type: 'call_origin', call: 0, origin: { provider: 'here', extraContent: extra_content } },
    ]);
  });

  it("sends a thought's data before the next item, and later data at the end", () => {
    const detail = (data: string) => ({
      reasoning_details: [{ index: 0, type: 'reasoning.encrypted', data }],
    });
    const burst = readDeltas([detail('H'), detail('m'), { content: 'Yes' }, { content: '!' }, detail('?')]);
    expect(burst.map(({ type }) => type)).toEqual([
      'reasoning_origin',
      'reasoning_origin',
      'text',
      'text',
      'reasoning_origin',
      'end',
    ]);
    expect(burst[1]).toMatchObject({ origin: { details: [{ data: 'Hm' }] } });
    expect(burst[4]).toMatchObject({ origin: { details: [{ data: 'Hm?' }] } });
  });

  it('begins a thought without readable text before the answer', () => {
    const encrypted = { index: 0, type: 'reasoning.encrypted', data: '123' };
    const burst = readDeltas([{ reasoning_details: [encrypted] }, { content: 'Yes' }]);
    expect(burst.map(({ type }) => type)).toEqual(['reasoning_origin', 'reasoning_origin', 'text', 'end']);
  });

  it('reads content in parts, thoughts among them', () => {
    const burst = readDeltas([
      { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] }] },
      { content: [{ type: 'text', text: 'Yes' }, { type: 'image' }, null] },
    ]);
    expect(burst.slice(0, -1)).toEqual([
      { type: 'reasoning', text: 'Hm' },
      { type: 'text', text: 'Yes' },
    ]);
  });

  it('passes on citations and the tier', () => {
    const url_citation = { url: 'https://a.example', title: 'A', start_index: 1, end_index: 4 };
    const burst = readDeltas([
      { content: 'Yes.', annotations: [{ type: 'url_citation', url_citation }, { type: 'other' }, 7] },
    ]);
    expect(burst[1]).toEqual({
      type: 'citation',
      citation: { url: 'https://a.example', title: 'A', startIndex: 1, endIndex: 4 },
    });
    const reader = answer();
    const end: ModelDelta[] = [];
    reader.event(
      JSON.stringify({ service_tier: 'flex', choices: [{ delta: { content: 'x' }, finish_reason: 'stop' }] }),
      end,
    );
    reader.end(end);
    expect(end.at(-1)).toMatchObject({ type: 'end', serviceTier: 'flex' });
  });

  it('passes on text, refusal and both spellings of reasoning', () => {
    const burst = readDeltas([
      { reasoning_content: 'Hm' },
      { reasoning: ', ok' },
      { role: 'assistant', content: '' },
      { content: 'Yes' },
      { refusal: 'No' },
    ]);
    expect(burst.slice(0, -1)).toEqual([
      { type: 'reasoning_origin', origin: { provider: 'here', field: 'reasoning_content' } },
      { type: 'reasoning', text: 'Hm' },
      { type: 'reasoning', text: ', ok' },
      { type: 'text', text: 'Yes' },
      { type: 'refusal', text: 'No' },
    ]);
  });

  it('distinguishes parallel calls by their index', () => {
    const burst = readDeltas([
      piece({ index: 0, id: 'a', function: { name: 'one', arguments: '' } }),
      piece({ index: 1, id: 'b', function: { name: 'two', arguments: '{"y"' } }),
      piece({ index: 0, function: { arguments: '{"x":1}' } }),
      piece({ index: 1, function: { arguments: ':2}' } }),
    ]);
    expect(callsOf(burst)).toEqual([
      { callId: 'a', name: 'one', arguments: '{"x":1}' },
      { callId: 'b', name: 'two', arguments: '{"y":2}' },
    ]);
    expect(burst.at(-1)).toMatchObject({ type: 'end', finishReason: 'tool_calls' });
  });

  it('understands servers that leave out the index', () => {
    const burst = readDeltas([
      piece({ id: 'a', function: { name: 'one', arguments: '{"x"' } }),
      piece({ function: { arguments: ':1}' } }),
      piece({ id: 'b', function: { name: 'two', arguments: '{}' } }),
    ]);
    expect(callsOf(burst)).toEqual([
      { callId: 'a', name: 'one', arguments: '{"x":1}' },
      { callId: 'b', name: 'two', arguments: '{}' },
    ]);
  });

  it('understands servers that leave out index and id and send calls whole', () => {
    const burst = readDeltas([
      piece({ function: { name: 'one', arguments: { x: 1 } } }),
      piece({ function: { name: 'one', arguments: '{"x":2}' } }),
    ]);
    const calls = callsOf(burst);
    expect(calls.map((call) => call.arguments)).toEqual(['{"x":1}', '{"x":2}']);
    expect(new Set(calls.map((call) => call.callId)).size).toBe(2);
  });

  it('begins another call at a second name, also with one index and no ids', () => {
    const burst = readDeltas([
      piece({ index: 0, function: { name: 'one', arguments: '{"x"' } }),
      piece({ index: 0, function: { arguments: ':1}' } }),
      piece({ index: 0, function: { name: 'two', arguments: '' } }),
      piece({ index: 0, function: { arguments: '{"y":2}' } }),
      piece({ index: 0, id: 'null', function: { name: 'two', arguments: '{"y":3}' } }),
    ]);
    expect(callsOf(burst).map((call) => [call.name, call.arguments])).toEqual([
      ['one', '{"x":1}'],
      ['two', '{"y":2}'],
      ['two', '{"y":3}'],
    ]);
  });

  it('continues a call whose name is repeated with every piece', () => {
    const burst = readDeltas([
      piece({ index: 0, function: { name: 'one', arguments: '{"x"' } }),
      piece({ index: 0, function: { name: 'one', arguments: ':1}' } }),
    ]);
    expect(callsOf(burst).map((call) => call.arguments)).toEqual(['{"x":1}']);
  });

  it('distinguishes interleaved calls with one index by their ids', () => {
    const burst = readDeltas([
      piece({ index: 0, id: 'a', function: { name: 'one', arguments: '{"x"' } }),
      piece({ index: 0, id: 'b', function: { name: 'one', arguments: '{"x"' } }),
      piece({ index: 0, id: 'a', function: { arguments: ':1}' } }),
      piece({ index: 0, id: 'b', function: { arguments: ':2}' } }),
    ]);
    expect(callsOf(burst).map((call) => call.arguments)).toEqual(['{"x":1}', '{"x":2}']);
  });

  it('numbers calls in the order of their names', () => {
    const burst = readDeltas([
      piece({ index: 0, id: 'a', function: { arguments: '{"x":1}' } }),
      piece({ index: 1, id: 'b', function: { name: 'two', arguments: '{}' } }),
      piece({ index: 0, function: { name: 'one' } }),
    ]);
    expect(callsOf(burst)).toEqual([
      { callId: 'b', name: 'two', arguments: '{}' },
      { callId: 'a', name: 'one', arguments: '{"x":1}' },
    ]);
  });

  it('treats every call of a whole message as a separate one', () => {
    const call = { function: { name: 'now', arguments: '' } };
    const burst = readWhole({ choices: [{ message: { tool_calls: [call, call] } }] });
    expect(callsOf(burst).map((made) => made.arguments)).toEqual(['{}', '{}']);
    const old = readWhole({ choices: [{ message: { function_call: call.function } }] });
    expect(callsOf(old)).toMatchObject([{ name: 'now' }]);
  });

  it('understands servers that give all parallel calls the index 0', () => {
    const burst = readDeltas([
      piece({ index: 0, id: 'a', function: { name: 'one', arguments: '{}' } }),
      piece({ index: 0, id: 'b', function: { name: 'one', arguments: '{}' } }),
    ]);
    expect(callsOf(burst).map((call) => call.callId)).toEqual(['a', 'b']);
  });

  it('does not begin another call at a repeated name or a new id alone', () => {
    const burst = readDeltas([
      piece({ index: 0, id: 'a', function: { name: 'one', arguments: '{' } }),
      piece({ index: 0, id: 'a', function: { name: 'one', arguments: '"x"' } }),
      piece({ index: 0, id: 'other', function: { arguments: ':1}' } }),
    ]);
    expect(callsOf(burst)).toEqual([{ callId: 'a', name: 'one', arguments: '{"x":1}' }]);
  });

  it('keeps arguments that arrive before the name, and gives a call without arguments an empty object', () => {
    const burst = readDeltas([
      piece({ index: 0, id: 'a', function: { arguments: '{"x"' } }),
      piece({ index: 0, function: { name: 'one', arguments: ':1}' } }),
      piece({ index: 1, id: 'b', function: { name: 'two' } }),
    ]);
    expect(callsOf(burst).map((call) => call.arguments)).toEqual(['{"x":1}', '{}']);
  });

  it('leaves arguments that do not parse as the model wrote them', () => {
    expect(
      callsOf(readDeltas([piece({ index: 0, id: 'a', function: { name: 'one', arguments: '{"x' } })]))[0]
        ?.arguments,
    ).toBe('{"x');
  });

  it.each([
    [
      'inside a choice',
      (usage: object) => ({ choices: [{ delta: { content: 'x' }, finish_reason: 'stop', usage }] }),
    ],
    [
      'in x_groq',
      (usage: object) => ({
        choices: [{ delta: { content: 'x' }, finish_reason: 'stop' }],
        x_groq: { usage },
      }),
    ],
  ])('reads usage %s', (_place, chunkWith) => {
    const reader = answer();
    const burst: ModelDelta[] = [];
    reader.event(
      JSON.stringify(chunkWith({ prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 })),
      burst,
    );
    reader.event('[DONE]', burst);
    expect(burst.at(-1)).toMatchObject({ usage: { inputTokens: 9, outputTokens: 3, totalTokens: 12 } });
  });

  it('reads usage with its details, at any place', () => {
    const reader = answer();
    const burst: ModelDelta[] = [];
    reader.event(
      JSON.stringify({ model: 'used', choices: [{ delta: { content: 'x' }, finish_reason: 'stop' }] }),
      burst,
    );
    reader.event(
      JSON.stringify({
        choices: [],
        usage: {
          prompt_tokens: 9,
          completion_tokens: 3,
          prompt_tokens_details: { cached_tokens: 4 },
          completion_tokens_details: { reasoning_tokens: 2 },
        },
      }),
      burst,
    );
    reader.end(burst);
    expect(burst.at(-1)).toMatchObject({
      type: 'end',
      finishReason: 'stop',
      model: 'used',
      usage: { inputTokens: 9, outputTokens: 3, totalTokens: 12, cachedInputTokens: 4, reasoningTokens: 2 },
    });
  });

  it('estimates the usage of servers that do not count', () => {
    const end = readDeltas([{ reasoning: 'x'.repeat(8) }, { content: 'x'.repeat(40) }]).at(-1);
    expect(end).toMatchObject({
      model: 'asked',
      usage: { inputTokens: 7, outputTokens: 12, totalTokens: 19, reasoningTokens: 2 },
    });
  });

  it.each([
    [
      'an answer that ends without a reason',
      (reader: ChatAnswer) => {
        reader.event(chunkOf({ content: 'half' }), []);
        reader.end([]);
      },
    ],
    [
      'thoughts without an answer',
      (reader: ChatAnswer) => {
        reader.event(chunkOf({ reasoning: 'Hm' }), []);
        reader.event('[DONE]', []);
      },
    ],
    [
      'half a call',
      (reader: ChatAnswer) => {
        reader.event(chunkOf(piece({ id: 'a', function: { name: 'one', arguments: '{"x' } })), []);
        reader.event('[DONE]', []);
      },
    ],
    [
      'calls that are announced and missing',
      (reader: ChatAnswer) => {
        reader.event(chunkOf({ content: '' }, 'tool_calls'), []);
        reader.event('[DONE]', []);
      },
    ],
    ['a whole body without a choice', (reader: ChatAnswer) => reader.whole('{"choices":[]}', [])],
  ])('fails on %s, and may be retried', (_what, read) => {
    const error = errorOf(() => read(answer()));
    expect(error).toMatchObject({ code: 'model_error' });
    expect(isTransient(error)).toBe(true);
  });

  it.each([
    ['an event that is not JSON', (reader: ChatAnswer) => reader.event('{"choices":[', [])],
    ['a body that is not JSON', (reader: ChatAnswer) => reader.whole('Hello', [])],
    [
      'a body of another protocol',
      (reader: ChatAnswer) => reader.whole('{"type":"message","content":[]}', []),
    ],
    [
      'a call without a name',
      (reader: ChatAnswer) => {
        reader.event(chunkOf(piece({ index: 0, id: 'a', function: { arguments: '{}' } }), 'stop'), []);
        reader.event('[DONE]', []);
      },
    ],
  ])('fails on %s for good', (_what, read) => {
    const error = errorOf(() => read(answer()));
    expect(error).toMatchObject({ code: 'model_error' });
    expect(isTransient(error)).toBe(false);
  });

  it('passes on the sentence of a body with a sentence in place of choices', () => {
    const error = errorOf(() => readWhole({ message: 'The model is being loaded' }));
    expect(error).toMatchObject({ message: expect.stringContaining('being loaded') as string });
  });

  it('treats content before [DONE], and a whole body, as complete without a reason', () => {
    expect(readDeltas([{ content: 'Yes' }], null).at(-1)).toMatchObject({
      type: 'end',
      finishReason: 'stop',
    });
    expect(readDeltas([piece({ function: { name: 'one', arguments: '{}' } })], null).at(-1)).toMatchObject({
      finishReason: 'tool_calls',
    });
    const body = { choices: [{ message: { content: 'Yes' }, finish_reason: '' }] };
    expect(readWhole(body).at(-1)).toMatchObject({ type: 'end', finishReason: 'stop' });
  });

  it('reads the calls and the text of several choices', () => {
    const call = (id: string) => ({ id, type: 'function', function: { name: 'one', arguments: '{}' } });
    const burst = readWhole({
      choices: [
        { message: { content: 'Let me see.' }, finish_reason: 'stop' },
        { message: { tool_calls: [call('a')] }, finish_reason: 'tool_calls' },
        { message: { tool_calls: [call('b')] }, finish_reason: 'tool_calls' },
      ],
    });
    expect(burst[0]).toEqual({ type: 'text', text: 'Let me see.' });
    expect(callsOf(burst).map(({ callId }) => callId)).toEqual(['a', 'b']);
    expect(burst.at(-1)).toMatchObject({ finishReason: 'tool_calls' });
  });

  it('distinguishes calls of several choices with the same index', () => {
    const reader = answer();
    const burst: ModelDelta[] = [];
    const send = (index: number, call: object) =>
      reader.event(JSON.stringify({ choices: [{ index, delta: piece({ index: 0, ...call }) }] }), burst);
    send(0, { id: 'a', function: { name: 'one', arguments: '{"x"' } });
    send(1, { id: 'b', function: { name: 'one', arguments: '{"x"' } });
    send(0, { function: { arguments: ':1}' } });
    send(1, { function: { arguments: ':2}' } });
    reader.event('[DONE]', burst);
    expect(callsOf(burst).map((call) => call.arguments)).toEqual(['{"x":1}', '{"x":2}']);
  });

  it('keeps length where a later chunk has stop', () => {
    const reader = answer();
    const burst: ModelDelta[] = [];
    for (const chunk of [chunkOf({ content: 'a' }, 'length'), chunkOf({}, 'stop'), '[DONE]'])
      reader.event(chunk, burst);
    expect(burst.at(-1)).toMatchObject({ type: 'end', finishReason: 'length' });
  });

  it('classifies a list of errors in place of an answer', () => {
    const list = (code: number, message: string) => [{ error: { code, message } }];
    expect(errorOf(() => readWhole(list(503, 'busy')))).toMatchObject({ code: 'model_overloaded' });
    expect(errorOf(() => readWhole(list(400, 'bad input')))).toMatchObject({
      code: 'model_refused',
      message: 'bad input',
    });
  });

  it('ends with length where one of several choices reached the limit', () => {
    const burst = readWhole({
      choices: [
        { message: { content: 'Le' }, finish_reason: 'length' },
        { message: {}, finish_reason: 'stop' },
      ],
    });
    expect(burst.at(-1)).toMatchObject({ finishReason: 'length' });
  });

  it('reads an answer that comes as one event with its message', () => {
    const reader = answer();
    const burst: ModelDelta[] = [];
    reader.event(
      JSON.stringify({ choices: [{ message: { content: 'Yes' }, finish_reason: 'stop' }] }),
      burst,
    );
    reader.event('[DONE]', burst);
    expect(burst).toMatchObject([{ type: 'text', text: 'Yes' }, { type: 'end' }]);
  });

  it('joins halves of characters in texts, thoughts, refusals and arguments', () => {
    const cry = ['\ud83d', '\ude22'];
    const burst = readDeltas([
      ...cry.map((half) => ({ reasoning_content: half })),
      ...cry.map((half) => ({ content: half })),
      ...cry.map((half) => ({ refusal: half })),
      ...[`{"x":"${cry[0]}`, `${cry[1]}"}`].map((half, at) =>
        piece({ index: 0, function: { ...(at === 0 && { name: 'one' }), arguments: half } }),
      ),
    ]);
    const texts = burst.flatMap((delta) => ('text' in delta ? [[delta.type, delta.text]] : []));
    expect(texts).toEqual([
      ['reasoning', '😢'],
      ['text', '😢'],
      ['refusal', '😢'],
      ['arguments', '{"x":"'],
      ['arguments', '😢"}'],
    ]);
  });

  it('replaces half a character and NUL by U+FFFD', () => {
    const burst = readDeltas([{ content: 'a\ud83d' }, { content: 'b\udc00\0' }, { content: '\ud83d' }]);
    const text = burst.flatMap((delta) => (delta.type === 'text' ? [delta.text] : [])).join('');
    expect(text).toBe('a\ufffdb\ufffd\ufffd\ufffd');
  });

  it('replaces NUL characters, which a caller could not send back, by U+FFFD', () => {
    const burst = readDeltas([
      { reasoning_content: 'a\0' },
      { content: 'b\0' },
      piece({ index: 0, function: { name: 'one', arguments: '{"x":"\0","y":"\\u0000"}' } }),
    ]);
    const texts = burst.flatMap((delta) => ('text' in delta ? [delta.text] : []));
    expect(texts).toEqual(['a\ufffd', 'b\ufffd', '{"x":"\ufffd","y":"\\u0000"}']);
  });

  it('passes on the log probabilities of a cut character with the character', () => {
    const reader = answer();
    const burst: ModelDelta[] = [];
    for (const half of ['\ud83d', '\ude22']) {
      const logprobs = { content: [{ token: half, logprob: -1, bytes: [1] }] };
      reader.event(JSON.stringify({ choices: [{ delta: { content: half }, logprobs }] }), burst);
    }
    expect(burst).toMatchObject([{ text: '😢', logprobs: [{ logprob: -1 }, { logprob: -1 }] }]);
  });

  it('makes short ids for long ones, the same each time, and keeps the long ones', () => {
    const id = `call_${'signature'.repeat(90)}`;
    const read = () => readDeltas([piece({ index: 0, id, function: { name: 'one', arguments: '{}' } })]);
    const burst = read();
    const [call] = callsOf(burst);
    expect(call?.callId).toMatch(/^call_[\w-]{32}$/);
    expect(callsOf(read())[0]?.callId).toBe(call?.callId);
    expect(burst).toContainEqual(expect.objectContaining({ type: 'call', providerCallId: id }));
    expect(burst).toContainEqual({
      type: 'call_origin',
      call: 0,
      origin: { provider: 'here', extraContent: {}, callId: id },
    });
  });

  it('cites the pages of a list at their numbers in the text, and the other pages after it', () => {
    const [first, second] = ['https://a.example', 'https://b.example'];
    const lists = {
      citations: [first, second],
      search_results: [{ url: first, title: 'A', date: null }],
    };
    const reader = answer();
    const burst: ModelDelta[] = [];
    for (const content of ['So 😢 it', ' is[1].', ' Not [7].'])
      reader.event(JSON.stringify({ ...lists, choices: [{ delta: { content } }] }), burst);
    reader.event('[DONE]', burst);
    expect(burst.flatMap((delta) => (delta.type === 'citation' ? [delta.citation] : []))).toEqual([
      { url: first, title: 'A', startIndex: 10, endIndex: 13 },
      { url: second, title: '', startIndex: 23, endIndex: 23 },
    ]);
  });

  it('counts a page that is listed twice as two numbers', () => {
    const search_results = ['https://a.example', 'https://a.example', 'https://b.example'].map((url) => ({
      url,
    }));
    const burst = readWhole({ search_results, choices: [{ message: { content: 'x[3]' } }] });
    expect(burst.flatMap((delta) => (delta.type === 'citation' ? [delta.citation.url] : []))).toEqual([
      'https://b.example',
      'https://a.example',
    ]);
  });

  it('cites a page once, even if it is sent several times and in several forms', () => {
    const url_citation = { url: 'https://a.example', title: 'A', start_index: 0, end_index: 3 };
    const annotations = [
      { type: 'url_citation', url_citation },
      { type: 'url_citation', ...url_citation },
    ];
    const message = { content: 'Yes', annotations };
    const burst = readWhole({ citations: ['https://a.example'], choices: [{ message }] });
    expect(burst.filter(({ type }) => type === 'citation')).toHaveLength(1);
  });

  it('reads thoughts from details and from reasoning_text', () => {
    const detail = (more: object) => ({ reasoning_details: [{ index: 0, ...more }] });
    const burst = readDeltas([
      detail({ type: 'reasoning.text', text: 'H' }),
      detail({ type: 'reasoning.text', text: 'm' }),
      detail({ type: 'reasoning.summary', summary: '!' }),
      { content: 'Yes' },
    ]);
    expect(burst.flatMap((delta) => (delta.type === 'reasoning' ? [delta.text] : []))).toEqual([
      'H',
      'm',
      '!',
    ]);
    expect(readDeltas([{ reasoning_text: 'Hm' }, { content: 'Yes' }]).slice(0, 2)).toEqual([
      {
        type: 'reasoning_origin',
        origin: { provider: 'here', field: 'reasoning', sentAs: 'reasoning_text' },
      },
      { type: 'reasoning', text: 'Hm' },
    ]);
  });

  it('passes on a thought once that is sent in a field and in details', () => {
    const detail = (text: string) => ({ reasoning_details: [{ index: 0, type: 'reasoning.text', text }] });
    const burst = readDeltas([{ reasoning: 'Hm', ...detail('Hm') }, detail('Hm'), { content: 'Yes' }]);
    expect(burst.filter(({ type }) => type === 'reasoning')).toEqual([{ type: 'reasoning', text: 'Hm' }]);
  });

  it('distinguishes encrypted thoughts with one index and different ids', () => {
    const detail = (id: string, data: string) => ({
      reasoning_details: [{ type: 'reasoning.encrypted', index: 0, id, data }],
    });
    const burst = readDeltas([detail('a', '12'), detail('b', '34'), detail('a', '56'), { content: 'Yes' }]);
    const origin = burst.findLast((delta) => delta.type === 'reasoning_origin');
    expect(origin).toMatchObject({
      origin: {
        details: [
          { id: 'a', data: '1256' },
          { id: 'b', data: '34' },
        ],
      },
    });
  });

  it('passes on images, and mentions those that were left out', () => {
    const image = (url: string) => ({ type: 'image_url', image_url: { url } });
    const burst = readDeltas([
      { content: 'Look:' },
      { images: [image('data:image/png;base64,AAAA'), image('ftp://a.example'), 7] },
      { content: [image('https://a.example/b.png')] },
      { images: [image(`data:image/png;base64,${'A'.repeat(imageCharactersMax)}`)] },
    ]);
    expect(burst.slice(0, -1)).toEqual([
      { type: 'text', text: 'Look:' },
      { type: 'text', text: '', images: [{ type: 'image', url: 'data:image/png;base64,AAAA' }] },
      { type: 'text', text: '', images: [{ type: 'image', url: 'https://a.example/b.png' }] },
      { type: 'text', text: '[An image was left out: it is too large.]' },
    ]);
  });

  it('reads a whole completion', () => {
    const burst: ModelDelta[] = [];
    answer().whole(
      JSON.stringify({
        model: 'used',
        choices: [
          {
            message: {
              role: 'assistant',
              content: 'Hi',
              tool_calls: [{ id: 'a', type: 'function', function: { name: 'one', arguments: '{}' } }],
            },
            finish_reason: 'tool_calls',
          },
        ],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      }),
      burst,
    );
    expect(burst.map((delta) => delta.type)).toEqual(['text', 'call', 'arguments', 'end']);
  });
});
