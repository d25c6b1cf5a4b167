import type { ModelDelta } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { answer, chunkOf, errorOf, piece, readDeltas, readWhole } from './__fixtures__/read-deltas.ts';
import { ChatAnswer } from './chat-answer.ts';
import { isTransient } from '../../providers/errors/provider-errors.ts';

describe('ChatAnswer', () => {
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
