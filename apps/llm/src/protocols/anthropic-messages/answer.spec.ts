import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelDelta } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { isTransient } from '../../providers/errors/provider-errors.ts';
import { addUp, readEvents, readWhole } from '../__fixtures__/read-answer.ts';
import { acceptedName, ToolNames } from '../turns/tool-names.ts';
import { MessageAnswer } from './answer.ts';

const account = 'api.anthropic.com';

function decoder(tools: { name: string }[] = []): MessageAnswer {
  return new MessageAnswer({
    provider: 'Anthropic',
    account,
    model: 'asked',
    names: new ToolNames(tools),
    estimateInputTokens: () => 7,
  });
}

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '__fixtures__', name), 'utf8');
const sse = (events: readonly object[]) =>
  events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
const begin = {
  type: 'message_start',
  message: { id: 'msg_1', model: 'claude', content: [], usage: { input_tokens: 5, output_tokens: 1 } },
};
const stop = (reason: string, details?: object) => [
  {
    type: 'message_delta',
    delta: { stop_reason: reason, stop_details: details },
    usage: { output_tokens: 9 },
  },
  { type: 'message_stop' },
];
const blockStart = (index: number, block: object) => ({
  type: 'content_block_start',
  index,
  content_block: block,
});
const blockStop = (index: number) => ({ type: 'content_block_stop', index });
const delta = (index: number, piece: object) => ({ type: 'content_block_delta', index, delta: piece });
const block = (index: number, described: object, ...pieces: object[]) => [
  blockStart(index, described),
  ...pieces.map((piece) => delta(index, piece)),
  blockStop(index),
];
const text = (index: number, said: string) =>
  block(index, { type: 'text', text: '' }, { type: 'text_delta', text: said });

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('a message with a thought, a text and two calls', () => {
  const body = fixture('thought-and-calls.sse.txt');
  const expected = {
    thought: 'Two ports, two tides.',
    text: 'I look up both 🌊',
    calls: [
      { id: 'toolu_1', name: 'tide', arguments: '{"port":"Brest"}' },
      { id: 'toolu_2', name: 'all_ports', arguments: '{}' },
    ],
    end: {
      finishReason: 'tool_calls',
      model: 'claude-sonnet-4-5',
      serviceTier: 'standard',
      usage: {
        inputTokens: 4320,
        cachedInputTokens: 4000,
        cacheWriteTokens: 300,
        outputTokens: 90,
        reasoningTokens: 30,
        totalTokens: 4410,
      },
    },
  };

  it.each([
    ['whole', body, Infinity],
    ['byte by byte', body, 1],
    ['with CRLF', body.replaceAll('\n', '\r\n'), 7],
  ])('is read from a stream, %s', (_cut, sent, bytesPerRead) => {
    expect(addUp(readEvents(decoder(), sent, bytesPerRead))).toMatchObject(expected);
  });

  it('is read from one JSON body', () => {
    expect(addUp(readWhole(decoder(), fixture('thought-and-calls.json')))).toMatchObject(expected);
  });

  it('keeps the parts of the thought as they came, for this account', () => {
    const deltas = readEvents(decoder(), body);
    const origins = deltas.filter((sent) => sent.type === 'reasoning_origin');
    expect(origins.at(-1)?.origin).toMatchObject({
      provider: account,
      details: [
        { type: 'thinking', thinking: 'Two ports, two tides.', signature: 'c2lnbmVk+/==' },
        { type: 'redacted_thinking', data: 'aGlkZGVu' },
      ],
    });
    // The thought is complete before the text begins.
    expect(deltas.map(({ type }) => type).lastIndexOf('reasoning_origin')).toBeLessThan(
      deltas.findIndex(({ type }) => type === 'text'),
    );
  });
});

describe('thoughts', () => {
  const signed = (index: number, signature: string) =>
    block(index, { type: 'thinking', thinking: '' }, { type: 'signature_delta', signature });

  it('without text after other output are thoughts of their own', () => {
    const deltas = readEvents(
      decoder(),
      sse([
        begin,
        ...signed(0, 'one'),
        ...text(1, 'a'),
        ...signed(2, 'two'),
        ...text(3, 'b'),
        ...stop('end_turn'),
      ]),
    );
    expect(deltas.map((sent) => ('text' in sent ? `${sent.type} "${sent.text}"` : sent.type))).toEqual([
      'reasoning_origin',
      'text "a"',
      'reasoning " "',
      'reasoning_origin',
      'text "b"',
      'end',
    ]);
    expect(addUp(deltas).thoughtDetails).toEqual([
      [{ type: 'thinking', thinking: '', signature: 'one' }],
      [{ type: 'thinking', thinking: '', signature: 'two' }],
    ]);
  });

  it('without a signature are not sent back', () => {
    const thought = block(0, { type: 'thinking', thinking: '' }, { type: 'thinking_delta', thinking: 'hm' });
    const answer = addUp(
      readEvents(decoder(), sse([begin, ...thought, ...text(1, 'a'), ...stop('end_turn')])),
    );
    expect(answer).toMatchObject({ thought: 'hm', text: 'a', thoughtDetails: [] });
  });
});

describe('citations', () => {
  it('refer to the text of their block', () => {
    const page = {
      type: 'web_search_result_location',
      url: 'https://a.example/',
      title: 'A',
      cited_text: 'x',
    };
    const cited = block(
      1,
      { type: 'text', text: '', citations: [] },
      { type: 'citations_delta', citation: page },
      { type: 'text_delta', text: 'high water' },
      { type: 'citations_delta', citation: { type: 'char_location', document_index: 0, cited_text: 'y' } },
    );
    const answer = addUp(
      readEvents(
        decoder(),
        sse([begin, ...text(0, '🌊 At '), ...cited, ...text(2, '.'), ...stop('end_turn')]),
      ),
    );
    expect(answer.text).toBe('🌊 At high water.');
    expect(answer.citations).toEqual([
      { url: 'https://a.example/', title: 'A', startIndex: 5, endIndex: 15 },
    ]);
  });
});

describe('the end', () => {
  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'content_filter'],
  ])('%s is %s', (said, finishReason) => {
    expect(addUp(readEvents(decoder(), sse([begin, ...text(0, 'a'), ...stop(said)]))).end.finishReason).toBe(
      finishReason,
    );
  });

  it('of a refusal says why', () => {
    const details = { type: 'refusal', category: 'cyber', explanation: 'This is not allowed.' };
    const answer = addUp(readEvents(decoder(), sse([begin, ...stop('refusal', details)])));
    expect(answer).toMatchObject({
      refusal: 'This is not allowed.',
      end: { finishReason: 'content_filter' },
    });
  });

  it('of a refusal without a word is a refusal as well', () => {
    expect(addUp(readEvents(decoder(), sse([begin, ...stop('refusal')]))).refusal).toBe(
      'The model declined to answer.',
    );
  });

  it('by the limit within a call leaves the call cut', () => {
    const call = [
      blockStart(0, { type: 'tool_use', id: 't', name: 'tide', input: {} }),
      delta(0, { type: 'input_json_delta', partial_json: '{"po' }),
    ];
    const answer = addUp(readEvents(decoder(), sse([begin, ...call, ...stop('max_tokens')])));
    expect(answer).toMatchObject({ calls: [{ arguments: '{"po' }], end: { finishReason: 'length' } });
  });

  it('counts with a connection that breaks after the stop reason', () => {
    const answer = addUp(
      readEvents(decoder(), sse([begin, ...text(0, 'a'), ...stop('end_turn').slice(0, 1)])),
    );
    expect(answer.end.finishReason).toBe('stop');
  });

  it('has an estimated usage where the server counts nothing', () => {
    const silent = { type: 'message_start', message: { id: 'm', content: [] } };
    const last = { type: 'message_delta', delta: { stop_reason: 'end_turn' } };
    const { end } = addUp(
      readEvents(decoder(), sse([silent, ...text(0, 'four'), last, { type: 'message_stop' }])),
    );
    expect(end).toMatchObject({ model: 'asked', usage: { inputTokens: 7, outputTokens: 1 } });
  });
});

describe('tools', () => {
  it('with dots in their names are called by the names of the caller', () => {
    const tools = [{ name: 'sea.tide' }];
    const call = block(0, { type: 'tool_use', id: 't', name: acceptedName('sea.tide'), input: {} });
    const answer = addUp(readEvents(decoder(tools), sse([begin, ...call, ...stop('tool_use')])));
    expect(answer.calls).toEqual([{ id: 't', name: 'sea.tide', arguments: '{}' }]);
  });

  it('of the API itself are no part of the answer', () => {
    const blocks = [
      ...block(
        0,
        { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
        { type: 'input_json_delta', partial_json: '{"query":"x"}' },
      ),
      ...block(1, { type: 'web_search_tool_result', tool_use_id: 's', content: [] }),
      ...text(2, 'Found.'),
    ];
    const deltas = readEvents(decoder(), sse([begin, ...blocks, ...stop('end_turn')]));
    expect(deltas.map(({ type }) => type)).toEqual(['text', 'end']);
  });
});

describe('what is not a whole answer', () => {
  const broken: [string, object[], { code: string; transient: boolean }][] = [
    ['an end without a stop reason', [begin, ...text(0, 'a')], { code: 'model_error', transient: true }],
    ['no content', [begin, ...stop('end_turn')], { code: 'model_error', transient: true }],
    [
      'thoughts alone',
      [begin, ...block(0, { type: 'thinking', thinking: 'hm', signature: 's' }), ...stop('end_turn')],
      { code: 'model_error', transient: true },
    ],
    [
      'a stop reason of calls without a call',
      [begin, ...text(0, 'a'), ...stop('tool_use')],
      { code: 'model_error', transient: true },
    ],
    [
      'an unknown stop reason',
      [begin, ...text(0, 'a'), ...stop('exploded')],
      { code: 'model_error', transient: true },
    ],
    [
      'a call that cannot be read',
      [
        begin,
        ...block(
          0,
          { type: 'tool_use', id: 't', name: 'tide', input: {} },
          { type: 'input_json_delta', partial_json: '{"po' },
        ),
        ...stop('tool_use'),
      ],
      { code: 'model_error', transient: true },
    ],
    [
      'overload in the middle',
      [begin, ...text(0, 'a'), { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
      { code: 'model_overloaded', transient: true },
    ],
    [
      'a rate limit in the middle',
      [begin, { type: 'error', error: { type: 'rate_limit_error', message: 'Slow down' } }],
      { code: 'rate_limited', transient: true },
    ],
    [
      'another message within the first',
      [begin, ...text(0, 'a'), { ...begin, message: { ...begin.message, id: 'msg_2' } }],
      { code: 'model_error', transient: false },
    ],
  ];
  it.each(broken)('%s is an error', (_name, events, { code, transient }) => {
    const thrown = errorOf(() => readEvents(decoder(), sse(events)));
    expect(thrown).toMatchObject({ code });
    expect(isTransient(thrown)).toBe(transient);
  });

  it.each([
    ['{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', 'model_overloaded'],
    [
      '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}',
      'context_too_long',
    ],
    ['{"choices":[]}', 'model_error'],
    ['[]', 'model_error'],
  ])('%s in place of a message is an error', (body, code) => {
    expect(errorOf(() => readWhole(decoder(), body))).toMatchObject({ code });
  });

  it('an event with the name error is one', () => {
    const body = `event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n`;
    expect(errorOf(() => readEvents(decoder(), body))).toMatchObject({ code: 'model_overloaded' });
  });
});

it('ignores unknown events, and a repeated beginning', () => {
  const deltas: ModelDelta[] = readEvents(
    decoder(),
    sse([
      begin,
      begin,
      { type: 'of_tomorrow' },
      ...block(0, { type: 'of_tomorrow' }),
      ...text(1, 'a'),
      ...stop('end_turn'),
    ]),
  );
  expect(deltas.map(({ type }) => type)).toEqual(['text', 'end']);
});
