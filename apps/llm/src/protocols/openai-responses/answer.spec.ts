import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelDelta } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { imageCharactersMax } from '../answers/image-limit.ts';
import {
  added,
  args,
  call,
  completed,
  created,
  done,
  type Event,
  outputText,
  says,
  summary,
  text,
  usage,
} from './__fixtures__/events.ts';
import { account, addUp, play, sse } from './__fixtures__/play.ts';

async function read(events: readonly Event[]): Promise<ModelDelta[]> {
  const body = sse(events);
  const deltas = await play(body);
  const renamed = (all: ModelDelta[]) => JSON.stringify(all).replaceAll(/call_[\w-]{20,}/g, 'call_new');
  // Cut anywhere, and with other line ends, it is the same answer.
  expect(renamed(await play(body, 1))).toBe(renamed(deltas));
  expect(renamed(await play(body.replaceAll('\n', '\r\n'), 7))).toBe(renamed(deltas));
  return deltas;
}

async function whole(body: object): Promise<ModelDelta[]> {
  return play(JSON.stringify(body));
}

describe('ResponsesAnswer', () => {
  it('reads text, thoughts, parallel calls in pieces, usage and the tier', async () => {
    const body = readFileSync(join(import.meta.dirname, '__fixtures__/thought-and-calls.sse'), 'utf8');
    const deltas = await play(body);
    expect(deltas).toEqual([
      { type: 'reasoning', text: 'Two ' },
      { type: 'reasoning', text: 'sums.' },
      { type: 'reasoning', text: '\n\n' },
      { type: 'reasoning', text: 'Both at once.' },
      {
        type: 'reasoning_origin',
        origin: {
          provider: account,
          details: [
            {
              id: 'rs_1',
              type: 'reasoning',
              summary: [
                { type: 'summary_text', text: 'Two sums.' },
                { type: 'summary_text', text: 'Both at once.' },
              ],
              encrypted_content: 'gAAA-done',
            },
          ],
        },
      },
      { type: 'text', text: 'I add ' },
      { type: 'text', text: 'twice.' },
      { type: 'call', call: 0, callId: 'call_a', name: 'add' },
      { type: 'call', call: 1, callId: 'call_b', name: 'add' },
      { type: 'arguments', call: 0, text: '{"a":' },
      { type: 'arguments', call: 1, text: '{"b":' },
      { type: 'arguments', call: 0, text: '1}' },
      { type: 'arguments', call: 1, text: '2}' },
      {
        type: 'end',
        finishReason: 'tool_calls',
        usage: {
          inputTokens: 20,
          outputTokens: 12,
          totalTokens: 32,
          cachedInputTokens: 16,
          cacheWriteTokens: 2,
          reasoningTokens: 6,
          raw: {
            input_tokens: 20,
            input_tokens_details: { cached_tokens: 16, cache_write_tokens: 2 },
            output_tokens: 12,
            output_tokens_details: { reasoning_tokens: 6 },
            total_tokens: 32,
          },
        },
        model: 'gpt-x-2026',
        serviceTier: 'default',
      },
    ]);
    expect(await play(body, 1)).toEqual(deltas);
    expect(await play(body.replaceAll('\n', '\r\n'), 7)).toEqual(deltas);
  });

  it('reads a whole response', async () => {
    const deltas = await whole({
      object: 'response',
      status: 'completed',
      error: null,
      model: 'gpt-x',
      output: [
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' },
        says([outputText('Hi', { logprobs: [{ token: 'Hi', logprob: -1, top_logprobs: [] }] })]),
        call('call_1', { arguments: '{"a":1}' }),
      ],
      usage,
    });
    expect(deltas).toMatchObject([
      { type: 'reasoning_origin', origin: { details: [{ id: 'rs_1', encrypted_content: 'gAAA' }] } },
      { type: 'text', text: 'Hi', logprobs: [{ token: 'Hi', logprob: -1, top: [] }] },
      { type: 'call', callId: 'call_1', name: 'add' },
      { type: 'arguments', text: '{"a":1}' },
      { type: 'end', finishReason: 'tool_calls', usage: { inputTokens: 9, cacheWriteTokens: 2 } },
    ]);
  });

  it.each<[string, Event[]]>([
    [
      'in the items',
      [done(0, says([outputText('Hello')])), done(1, call('call_1', { arguments: '{"a":1}' }))],
    ],
    [
      'in the parts',
      [
        added(0, says([])),
        { type: 'response.output_text.done', output_index: 0, content_index: 0, text: 'Hello' },
        done(0, says([outputText('Hello')])),
        added(1, call('call_1')),
        { type: 'response.function_call_arguments.done', output_index: 1, arguments: '{"a":1}' },
        done(1, call('call_1', { arguments: '{"a":1}' })),
      ],
    ],
    [
      'in part in pieces',
      [
        text(0, 'Hel'),
        done(0, says([outputText('Hello')])),
        args(1, '{"a"'),
        done(1, call('call_1', { arguments: '{"a":1}' })),
      ],
    ],
    [
      'with other ids in each event',
      [
        added(0, says([], 'msg_1')),
        text(0, 'Hello', { item_id: 'msg_2' }),
        done(0, says([outputText('Hello')], 'msg_3')),
        added(1, call('call_1')),
        { ...args(1, '{"a":1}'), item_id: 'fc_2' },
        done(1, call('call_1', { id: 'fc_3', arguments: '{"a":1}' })),
      ],
    ],
    [
      'with the same place in each event',
      [
        added(0, says([])),
        text(0, 'Hello', { item_id: 'msg_1' }),
        done(0, says([outputText('Hello')])),
        added(0, call('call_1')),
        { ...args(0, '{"a":1}'), item_id: 'fc_call_1' },
        done(0, call('call_1', { arguments: '{"a":1}' })),
      ],
    ],
    [
      'with ids and without places',
      [
        { type: 'response.output_text.delta', item_id: 'msg_1', delta: 'Hello' },
        { type: 'response.output_item.done', item: says([outputText('Hello')]) },
        { type: 'response.output_item.added', item: call('call_1') },
        { type: 'response.function_call_arguments.delta', item_id: 'fc_call_1', delta: '{"a":1}' },
      ],
    ],
  ])('reads an answer that comes %s', async (_name, events) => {
    const { text: said, calls, end } = addUp(await read([created, ...events, completed]));
    expect(said).toBe('Hello');
    expect(calls).toEqual([{ id: 'call_1', name: 'add', arguments: '{"a":1}' }]);
    expect(end.finishReason).toBe('tool_calls');
  });

  it('reads what only the end has', async () => {
    const output = [says([outputText('Hello')]), call('call_1', { arguments: '{"a":1}' })];
    const end = { type: 'response.completed', response: { status: 'completed', output } };
    const { text: said, calls } = addUp(await read([created, end]));
    expect([said, calls]).toEqual(['Hello', [{ id: 'call_1', name: 'add', arguments: '{"a":1}' }]]);
    const late = addUp(await read([added(0, says([])), text(0, 'Hello'), added(1, call('call_1')), end]));
    expect([late.text, late.calls]).toEqual([said, calls]);
  });

  it('separates messages, and places citations in the text that callers read', async () => {
    const cited = (index: number, start: number, end: number): Event => ({
      type: 'response.output_text.annotation.added',
      output_index: index,
      content_index: 0,
      annotation: {
        type: 'url_citation',
        url: `https://p.example/${index}`,
        title: 'P',
        start_index: start,
        end_index: end,
      },
    });
    const annotation = {
      type: 'url_citation',
      url: 'https://p.example/1',
      title: 'P',
      start_index: 2,
      end_index: 4,
    };
    const file = { type: 'file_citation', file_id: 'file_1', index: 3 };
    const { text: said, citations } = addUp(
      await read([
        text(0, 'One \u{1F600}'),
        cited(0, 0, 3),
        text(1, 'A two'),
        cited(1, 2, 4),
        done(1, says([outputText('A two', { annotations: [annotation, file] })], 'msg_2')),
        completed,
      ]),
    );
    expect(said).toBe('One \u{1F600}\n\nA two');
    expect(citations).toEqual([
      { url: 'https://p.example/0', title: 'P', startIndex: 0, endIndex: 3 },
      { url: 'https://p.example/1', title: 'P', startIndex: 9, endIndex: 11 },
    ]);
  });

  it('counts citations anew in the message after a thought', async () => {
    const annotation = { type: 'url_citation', url: 'https://p.example', start_index: 0, end_index: 3 };
    const { text: said, citations } = addUp(
      await read([
        text(0, 'First'),
        summary(1, 0, 'Hm'),
        done(2, says([outputText('And', { annotations: [annotation] })], 'msg_2')),
        completed,
      ]),
    );
    expect(said).toBe('FirstAnd');
    expect(citations).toEqual([{ url: 'https://p.example', title: '', startIndex: 0, endIndex: 3 }]);
  });

  it('keeps thoughts in the clear and encrypted ones, and repeats the earlier ones of an answer', async () => {
    const clear = {
      type: 'reasoning',
      id: 'rs_1',
      status: 'completed',
      content: [{ type: 'reasoning_text', text: 'Hm' }],
    };
    const sealed = {
      type: 'reasoning',
      id: 'rs_2',
      summary: [],
      content: [],
      encrypted_content: 'gAAA',
      format: 'own',
    };
    const deltas = await read([
      { type: 'response.reasoning_text.delta', output_index: 0, content_index: 0, delta: 'Hm' },
      // The other form of the same thought.
      summary(0, 0, 'He thinks.'),
      done(0, clear),
      text(1, 'Hi'),
      done(2, sealed),
      // Neither in the clear nor encrypted: no provider could read it again.
      done(3, { type: 'reasoning', id: 'rs_3', summary: [], encrypted_content: null }),
      completed,
    ]);
    const kept = { id: 'rs_1', type: 'reasoning', summary: [], content: clear.content };
    const second = { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: 'gAAA', format: 'own' };
    expect(deltas.slice(0, -1)).toMatchObject([
      { type: 'reasoning', text: 'Hm' },
      { type: 'reasoning_origin', origin: { provider: account, details: [kept] } },
      { type: 'text', text: 'Hi' },
      { type: 'reasoning_origin', origin: { provider: account, details: [kept, second] } },
    ]);
    const origin = deltas.findLast((delta) => delta.type === 'reasoning_origin');
    expect(origin?.origin.details).toEqual([kept, second]);
  });

  it('passes on refusals, images and log probabilities', async () => {
    const refusal = (type: string, more: Event): Event => ({
      type,
      output_index: 1,
      content_index: 0,
      ...more,
    });
    const logprobs = [{ token: 'Hi', logprob: -1, top_logprobs: [{ token: 'Ho', logprob: -2 }] }];
    const deltas = await read([
      text(0, 'Hi', { logprobs }),
      refusal('response.refusal.delta', { delta: 'I ' }),
      refusal('response.refusal.done', { refusal: 'I cannot.' }),
      done(1, says([{ type: 'refusal', refusal: 'I cannot.' }])),
      done(2, { type: 'image_generation_call', id: 'ig_1', result: 'AA==', output_format: 'webp' }),
      completed,
    ]);
    expect(deltas.slice(0, -1)).toEqual([
      {
        type: 'text',
        text: 'Hi',
        logprobs: [
          {
            token: 'Hi',
            logprob: -1,
            bytes: [72, 105],
            top: [{ token: 'Ho', logprob: -2, bytes: [72, 111] }],
          },
        ],
      },
      { type: 'refusal', text: 'I ' },
      { type: 'refusal', text: 'cannot.' },
      { type: 'text', text: '', images: [{ type: 'image', url: 'data:image/webp;base64,AA==' }] },
    ]);
    expect(deltas.at(-1)).toMatchObject({ finishReason: 'stop' });
  });

  it('leaves out an image that is too large, with a note', async () => {
    const image = { type: 'image_generation_call', id: 'ig_1', result: 'A'.repeat(imageCharactersMax + 1) };
    const { text: said, images } = addUp(await whole({ status: 'completed', output: [image] }));
    expect([said, images]).toEqual(['[An image was left out: it is too large.]', 0]);
  });

  it('joins characters that are cut between two pieces', async () => {
    const { text: said } = addUp(await read([text(0, 'A\ud83d'), text(0, '\ude00B'), completed]));
    expect(said).toBe('A\u{1F600}B');
  });

  it('gives a call without arguments an empty object, and a long id a short one', async () => {
    const long = `call_${'x'.repeat(80)}`;
    const deltas = await read([added(0, call(long)), done(0, call(long)), completed]);
    const { calls } = addUp(deltas);
    expect(calls).toEqual([{ id: long, name: 'add', arguments: '{}' }]);
    const begun = deltas.find((delta) => delta.type === 'call');
    expect(begun?.callId).toMatch(/^call_[\w-]{32}$/);
    expect(deltas).toContainEqual({
      type: 'call_origin',
      call: 0,
      origin: { provider: account, extraContent: {}, callId: long },
    });
  });

  it('takes arguments that precede the name, and arguments as an object', async () => {
    const { calls } = addUp(
      await read([
        args(0, '{"a"'),
        args(0, ':1}'),
        done(0, call('c1')),
        done(1, call('c2', { arguments: { b: 2 } })),
        completed,
      ]),
    );
    expect(calls.map((begun) => begun.arguments)).toEqual(['{"a":1}', '{"b":2}']);
  });

  it.each([
    ['max_output_tokens', 'length'],
    ['content_filter', 'content_filter'],
  ])('ends incomplete for %s', async (reason, finishReason) => {
    const response = { status: 'incomplete', incomplete_details: { reason }, usage };
    const end = { type: 'response.incomplete', response };
    expect(addUp(await read([created, text(0, 'Hal'), end]))).toMatchObject({
      text: 'Hal',
      end: { finishReason },
    });
    // A cut call is for the run to judge.
    const { calls } = addUp(await read([created, added(0, call('c1')), args(0, '{"a'), end]));
    expect(calls).toEqual([{ id: 'c1', name: 'add', arguments: '{"a' }]);
    expect(addUp(await whole({ ...response, output: [] })).end.finishReason).toBe(finishReason);
  });

  it('estimates the usage where the provider does not count', async () => {
    const deltas = await read([
      summary(0, 0, 'Hm, hm.'),
      text(1, 'Hello'),
      { type: 'response.completed', response: {} },
    ]);
    expect(addUp(deltas).end).toMatchObject({
      model: 'asked',
      usage: { inputTokens: 7, outputTokens: 4, totalTokens: 11, cachedInputTokens: 0, reasoningTokens: 2 },
    });
  });

  it('ignores what it does not know beside an answer', async () => {
    const { text: said } = addUp(
      await read([
        { type: 'keepalive', sequence_number: 1 },
        { type: 'response.web_search_call.failed', code: 'x', message: 'no page' },
        added(0, { type: 'web_search_call', id: 'ws_1' }),
        done(0, { type: 'web_search_call', id: 'ws_1' }),
        text(1, 'Hello'),
        completed,
      ]),
    );
    expect(said).toBe('Hello');
  });
});
