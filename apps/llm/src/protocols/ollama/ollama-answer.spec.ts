import type { AppError, ModelDelta } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { playBody } from '../../providers/__fixtures__/play-body.ts';
import { isTransient } from '../../providers/errors/provider-errors.ts';
import * as answers from './__fixtures__/answers.ts';
import { OllamaAnswer } from './ollama-answer.ts';

const account = 'box:11434';

function play(body: string, bytesPerRead = Infinity): Promise<ModelDelta[]> {
  const options = { provider: 'Ollama', account, model: 'asked', estimateInputTokens: () => 7 };
  return playBody(new OllamaAnswer(options), body, { bytesPerRead, framing: 'lines' });
}

function bodyOf(lines: readonly object[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** The deltas, with the ids of calls that the server does not name left out. */
function withoutIds(deltas: readonly ModelDelta[]): unknown {
  return deltas.map((delta) => (delta.type === 'call' ? { ...delta, callId: '' } : delta));
}

async function failure(body: string): Promise<AppError> {
  return play(body).then(
    () => Promise.reject(new Error('the answer has not failed')),
    (error: AppError) => error,
  );
}

describe('an answer', () => {
  it.each([
    ['thoughtAndText', answers.thoughtAndText],
    ['parallelCalls', answers.parallelCalls],
    ['cutShort', answers.cutShort],
    ['whole', answers.whole],
  ])('%s is the same at any cuts, and with CRLF', async (_name, lines) => {
    const body = bodyOf(lines);
    const once = withoutIds(await play(body));
    expect(withoutIds(await play(body, 1))).toEqual(once);
    expect(withoutIds(await play(body.replaceAll('\n', '\r\n'), 7))).toEqual(once);
    expect(withoutIds(await play(body.trimEnd(), 11))).toEqual(once);
  });

  it('has its thoughts, its text and its counts', async () => {
    const raw = { total_duration: 9, load_duration: 1, prompt_eval_count: 26, prompt_eval_duration: 2 };
    expect(await play(bodyOf(answers.thoughtAndText))).toEqual([
      { type: 'reasoning_origin', origin: { provider: account } },
      { type: 'reasoning', text: 'The sea ' },
      { type: 'reasoning', text: 'is blue.' },
      { type: 'text', text: 'Blau 🌊' },
      { type: 'text', text: ', ja.' },
      {
        type: 'end',
        finishReason: 'stop',
        model: 'qwen3:8b',
        usage: {
          ...{
            inputTokens: 26,
            outputTokens: 30,
            totalTokens: 56,
            cachedInputTokens: 0,
            reasoningTokens: 17,
          },
          raw: { ...raw, eval_count: 30, eval_duration: 6 },
        },
      },
    ]);
  });

  it('has parallel calls, each with an id of its own', async () => {
    const deltas = await play(bodyOf(answers.parallelCalls));
    const calls = deltas.filter((delta) => delta.type === 'call');
    expect(calls.map(({ name }) => name)).toEqual(['weather', 'weather', 'now']);
    expect(calls[2]?.callId).toBe('call_own');
    expect(new Set(calls.map(({ callId }) => callId)).size).toBe(3);
    expect(deltas.flatMap((delta) => (delta.type === 'arguments' ? [delta.text] : []))).toEqual([
      '{"city":"Köln"}',
      '{"city":"Rom","days":2}',
      '{}',
    ]);
    expect(deltas.at(-1)).toMatchObject({ finishReason: 'tool_calls' });
  });

  it('estimates what the server did not count', async () => {
    const line = { message: { role: 'assistant', content: 'abcdefgh' }, done: true, done_reason: 'stop' };
    const end = (await play(bodyOf([line]))).at(-1);
    expect(end).toMatchObject({ model: 'asked', usage: { inputTokens: 7, outputTokens: 2, totalTokens: 9 } });
  });

  it('has log probabilities', async () => {
    const logprobs = [{ token: 'a', logprob: -1, bytes: [97], top_logprobs: [{ token: 'b', logprob: -2 }] }];
    const line = { message: { content: 'a' }, logprobs, done: true };
    expect((await play(bodyOf([line])))[0]).toEqual({
      type: 'text',
      text: 'a',
      logprobs: [{ token: 'a', logprob: -1, bytes: [97], top: [{ token: 'b', logprob: -2, bytes: [98] }] }],
    });
  });

  it('that reaches the limit is cut short', async () => {
    expect((await play(bodyOf(answers.cutShort))).at(-1)).toMatchObject({ finishReason: 'length' });
  });
});

describe('a failure', () => {
  it.each([
    ['an error in the middle', bodyOf(answers.failed), /llama runner process has terminated/],
    [
      'an end without its last line',
      bodyOf(answers.thoughtAndText.slice(0, -1)),
      /ended its answer before it was whole/,
    ],
    [
      'an end without content',
      bodyOf([{ message: { content: '' }, done: true, done_reason: 'stop' }]),
      /without any content/,
    ],
    [
      'a call that cannot be read',
      bodyOf([{ message: { tool_calls: [{ function: { name: 'f', arguments: '{"a":' } }] }, done: false }]),
      /called f with arguments that are not a JSON object/,
    ],
    [
      'a model that was only loaded',
      bodyOf([{ message: { content: '' }, done: true, done_reason: 'load' }]),
      /\(load\)/,
    ],
  ])('is %s, which may be retried', async (_name, body, message) => {
    const error = await failure(body);
    expect(error).toMatchObject({ code: 'model_error', message: expect.stringMatching(message) as string });
    expect(isTransient(error)).toBe(true);
  });

  it.each([
    ['a line that is cut', '{"message":{"con'],
    ['another kind of answer', '{"models":[]}'],
    ['a call without a name', bodyOf([{ message: { tool_calls: [{ function: {} }] }, done: false }])],
    ['a page', '<html>'],
  ])('is %s', async (_name, body) => {
    expect(await failure(body)).toMatchObject({ code: 'model_error' });
  });
});
