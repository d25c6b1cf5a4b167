import type { ModelDelta } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { isTransient } from '../../providers/errors/provider-errors.ts';
import { AwsEventStreamFraming } from '../../providers/http/framing/aws-event-stream.ts';
import { addUp, readFrames, readWhole } from '../__fixtures__/read-answer.ts';
import { ToolNames } from '../turns/tool-names.ts';
import { exceptionFrame, frameOf } from './__fixtures__/frames.ts';
import { ConverseAnswer } from './answer.ts';

const account = 'bedrock-runtime.eu-west-1.amazonaws.com';

function decoder(): ConverseAnswer {
  const names = new ToolNames([]);
  return new ConverseAnswer({
    provider: 'Bedrock',
    account,
    model: 'asked',
    names,
    estimateInputTokens: () => 7,
  });
}

const piece = (contentBlockIndex: number, delta: object) => ({
  contentBlockDelta: { contentBlockIndex, delta },
});
const stopped = (contentBlockIndex: number) => ({ contentBlockStop: { contentBlockIndex } });
const calls = (contentBlockIndex: number, toolUseId: string, name: string) => ({
  contentBlockStart: { contentBlockIndex, start: { toolUse: { toolUseId, name } } },
});
const begin = { messageStart: { role: 'assistant' } };
const counts = {
  metadata: {
    usage: {
      inputTokens: 20,
      outputTokens: 90,
      totalTokens: 4410,
      cacheReadInputTokens: 4000,
      cacheWriteInputTokens: 300,
    },
  },
};
const stop = (stopReason: string) => [{ messageStop: { stopReason } }, counts];
const read = (events: readonly object[]): ModelDelta[] =>
  readFrames(
    decoder(),
    events.map((event) => JSON.stringify(event)),
  );

const events = [
  begin,
  piece(0, { reasoningContent: { text: 'Two ports, ' } }),
  piece(0, { reasoningContent: { text: 'two tides.' } }),
  piece(0, { reasoningContent: { signature: 'c2lnbmVk+/==' } }),
  stopped(0),
  piece(1, { reasoningContent: { redactedContent: 'aGlkZGVu' } }),
  stopped(1),
  piece(2, { text: 'I look up both 🌊' }),
  stopped(2),
  calls(3, 'tooluse_1', 'tide'),
  piece(3, { toolUse: { input: '{"port":"Bre' } }),
  piece(3, { toolUse: { input: 'st"}' } }),
  stopped(3),
  calls(4, 'tooluse_2', 'all_ports'),
  piece(4, { toolUse: { input: '' } }),
  stopped(4),
  ...stop('tool_use'),
];
const whole = {
  output: {
    message: {
      role: 'assistant',
      content: [
        { reasoningContent: { reasoningText: { text: 'Two ports, two tides.', signature: 'c2lnbmVk+/==' } } },
        { reasoningContent: { redactedContent: 'aGlkZGVu' } },
        { text: 'I look up both 🌊' },
        { toolUse: { toolUseId: 'tooluse_1', name: 'tide', input: { port: 'Brest' } } },
        { toolUse: { toolUseId: 'tooluse_2', name: 'all_ports', input: {} } },
      ],
    },
  },
  stopReason: 'tool_use',
  usage: counts.metadata.usage,
};
const expected = {
  thought: 'Two ports, two tides.',
  text: 'I look up both 🌊',
  calls: [
    { id: 'tooluse_1', name: 'tide', arguments: '{"port":"Brest"}' },
    { id: 'tooluse_2', name: 'all_ports', arguments: '{}' },
  ],
  end: {
    finishReason: 'tool_calls',
    model: 'asked',
    usage: {
      inputTokens: 4320,
      cachedInputTokens: 4000,
      cacheWriteTokens: 300,
      outputTokens: 90,
      totalTokens: 4410,
    },
  },
};

describe('an answer with a thought, a text and two calls', () => {
  it('is read from frames', () => {
    const answer = addUp(read(events));
    expect(answer).toMatchObject(expected);
    expect(answer.thoughtDetails.at(-1)).toEqual([
      { reasoningText: { text: 'Two ports, two tides.', signature: 'c2lnbmVk+/==' } },
      { redactedContent: 'aGlkZGVu' },
    ]);
  });

  it('is read from one JSON body', () => {
    const answer = addUp(readWhole(decoder(), JSON.stringify(whole)));
    expect(answer).toMatchObject(expected);
    expect(answer.thoughtDetails).toEqual(addUp(read(events)).thoughtDetails);
  });

  it.each([1, 7, Infinity])('is read from binary frames that come in pieces of %s bytes', (bytesPerRead) => {
    const bytes = Buffer.concat(events.map((event) => frameOf(JSON.stringify(event))));
    const frames: string[] = [];
    const framing = new AwsEventStreamFraming();
    for (let from = 0; from < bytes.length; from += bytesPerRead)
      framing.push(bytes.subarray(from, from + bytesPerRead), (text) => frames.push(text));
    expect(addUp(readFrames(decoder(), frames))).toMatchObject(expected);
  });

  it('may have its counts before its stop reason', () => {
    expect(
      addUp(read([...events.slice(0, -2), counts, { messageStop: { stopReason: 'tool_use' } }])),
    ).toMatchObject(expected);
  });
});

describe('the end', () => {
  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['guardrail_intervened', 'content_filter'],
    ['content_filtered', 'content_filter'],
  ])('%s is %s', (said, finishReason) => {
    expect(addUp(read([begin, piece(0, { text: 'a' }), stopped(0), ...stop(said)])).end.finishReason).toBe(
      finishReason,
    );
  });

  it('by a filter without a word is a refusal', () => {
    expect(addUp(read([begin, ...stop('content_filtered')])).refusal).toBe(
      'The answer was withheld by a content filter.',
    );
  });

  it('without counts has an estimated usage', () => {
    const { end } = addUp(
      read([begin, piece(0, { text: 'four' }), { messageStop: { stopReason: 'end_turn' } }]),
    );
    expect(end.usage).toMatchObject({ inputTokens: 7, outputTokens: 1 });
  });
});

it('cites pages', () => {
  const citation = { title: 'A', location: { web: { url: 'https://a.example/' } } };
  const answer = addUp(
    read([begin, piece(0, { text: 'high water' }), piece(0, { citation }), stopped(0), ...stop('end_turn')]),
  );
  expect(answer.citations).toEqual([{ url: 'https://a.example/', title: 'A', startIndex: 0, endIndex: 10 }]);
});

describe('what is not a whole answer', () => {
  it.each([
    ['an end without a stop reason', [begin, piece(0, { text: 'a' })], 'model_error'],
    ['no content', [begin, ...stop('end_turn')], 'model_error'],
    [
      'a call that cannot be read',
      [begin, calls(0, 'a', 'tide'), piece(0, { toolUse: { input: '{"po' } }), ...stop('tool_use')],
      'model_error',
    ],
    ['a malformed call', [begin, ...stop('malformed_tool_use')], 'model_error'],
    ['an exception as an event', [begin, { internalServerException: { message: 'oh' } }], 'model_error'],
  ])('%s is an error that may be retried', (_name, sent, code) => {
    let thrown: unknown;
    try {
      read(sent);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code });
    expect(isTransient(thrown)).toBe(true);
  });

  it('an exception within the frames is an error', () => {
    let thrown: unknown;
    new AwsEventStreamFraming().push(
      exceptionFrame('throttlingException', 'Too many requests'),
      (text, kind) => {
        expect(kind).toBe('error');
        thrown = decoder().failure(text);
      },
    );
    expect(thrown).toMatchObject({ code: 'rate_limited' });
  });

  it.each(['{"message":"Input is too long for requested model."}', '{"output":{}}', '[]'])(
    '%s in place of an answer is an error',
    (body) => {
      expect(() => readWhole(decoder(), body)).toThrow();
    },
  );
});
