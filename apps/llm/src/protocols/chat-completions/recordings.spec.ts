import { AppError, type ModelDelta } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { addUp, askedOptions, type ReadAnswer } from '../__fixtures__/read-answer.ts';
import { recordings as recorded } from '../__fixtures__/recordings.ts';
import { ChatAnswer } from './chat-answer.ts';
import { playBody } from '../../providers/__fixtures__/play-body.ts';
import { isObject, parseObject, type UnknownObject } from '../../providers/json-object.ts';
import { isTransient } from '../../providers/errors/provider-errors.ts';

/** Replays recorded replies of real providers through the decoder, those of other APIs too, which it must not accept. */
interface Recording {
  name: string;
  kind: 'stream' | 'whole';
  body: string;
  /** The JSON objects that it holds. */
  objects: UnknownObject[];
}

const recordings = recorded.map(({ folder, name, events, body }): Recording => {
  const stream = [...(events ?? []), '[DONE]'].map((event) => `data: ${event}\n\n`).join('');
  return {
    name: `${folder}/${name}`,
    kind: events === null ? 'whole' : 'stream',
    // A recorded body of events has its own end.
    body: events === null || name.endsWith('.sse') ? body : stream,
    objects: (events ?? [body]).map(parseObject).filter((object) => object !== undefined),
  };
});
const chats = recordings.filter(({ objects }) => objects.some(isChat));
const others = recordings.filter(({ objects }) => !objects.some(isChat));

function isChat({ choices }: UnknownObject): boolean {
  return list(choices).some((choice) => isObject(choice['delta']) || isObject(choice['message']));
}

function list(value: unknown): UnknownObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Plays a body as a provider's answer, cut into reads of some bytes. */
function play(body: string, bytesPerRead = Infinity): Promise<ModelDelta[]> {
  return playBody(new ChatAnswer(askedOptions), body, { bytesPerRead });
}

/** The answer of deltas, whose calls are JSON. */
function addUpCalls(deltas: readonly ModelDelta[]): ReadAnswer {
  const answer = addUp(deltas);
  for (const call of answer.calls) expect(() => JSON.parse(call.arguments) as unknown).not.toThrow();
  return answer;
}

/** A second, simple reader of chat completions, written from OpenAI's reference and independent of the decoder. */
function readPlainly(objects: readonly UnknownObject[]) {
  let text = '';
  let thought = '';
  let reason: unknown = null;
  let usage: UnknownObject = {};
  const calls: { id: string; name: string; arguments: string }[] = [];
  for (const object of objects) {
    const groq = object['x_groq'];
    for (const counted of [isObject(groq) ? groq['usage'] : null, object['usage']])
      if (isObject(counted)) usage = counted;
    for (const choice of list(object['choices'])) {
      reason = choice['finish_reason'] ?? reason;
      const said = isObject(choice['delta']) ? choice['delta'] : choice['message'];
      if (!isObject(said)) continue;
      if (typeof said['content'] === 'string') text += said['content'];
      for (const part of list(said['content'])) {
        if (typeof part['text'] === 'string') text += part['text'];
        for (const inner of list(part['thinking'])) thought += String(inner['text']);
      }
      const own = said['reasoning_content'] ?? said['reasoning'];
      if (typeof own === 'string') thought += own;
      for (const [position, piece] of list(said['tool_calls']).entries()) {
        const described = isObject(piece['function']) ? piece['function'] : {};
        const call = (calls[Number(piece['index'] ?? position)] ??= { id: '', name: '', arguments: '' });
        call.id ||= textOf(piece['id']);
        call.name ||= textOf(described['name']);
        call.arguments += textOf(described['arguments']);
      }
    }
  }
  return { text, thought, reason, usage, calls: calls.filter(() => true) };
}

/** The pages that a reply lists beside its choices. */
function pagesOf(objects: readonly UnknownObject[]): unknown[] {
  const lists = objects.flatMap(({ citations }) =>
    Array.isArray(citations) ? [citations as unknown[]] : [],
  );
  return lists.at(-1) ?? [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberAt(usage: UnknownObject, ...path: string[]): number {
  let value: unknown = usage;
  for (const name of path) value = isObject(value) ? value[name] : undefined;
  return typeof value === 'number' ? value : 0;
}

/** Whether a line has the reason of the end. */
const reasonSaid = /"finish_reason"\s*:\s*"\w/;

describe.skipIf(recordings.length === 0)('recorded replies of providers', () => {
  it('exist in every form', () => {
    expect(chats.filter(({ kind }) => kind === 'stream').length).toBeGreaterThan(0);
    expect(chats.filter(({ kind }) => kind === 'whole').length).toBeGreaterThan(0);
    expect(others.length).toBeGreaterThan(0);
  });

  it.each(chats)('$name has the same result as the simple reader', async ({ body, objects }) => {
    const plain = readPlainly(objects);
    const answer = addUpCalls(await play(body));
    expect(answer.text).toBe(plain.text);
    expect(answer.thought).toBe(plain.thought);
    expect(answer.calls).toEqual(plain.calls.map((call) => ({ ...call, arguments: call.arguments || '{}' })));
    if (plain.calls.length > 0) expect(answer.end.finishReason).toBe('tool_calls');
    else expect(answer.end.finishReason).toBe(plain.reason);
    const input = numberAt(plain.usage, 'prompt_tokens');
    const output = numberAt(plain.usage, 'completion_tokens');
    const total = numberAt(plain.usage, 'total_tokens');
    const reasoning =
      numberAt(plain.usage, 'completion_tokens_details', 'reasoning_tokens') ||
      numberAt(plain.usage, 'reasoning_tokens');
    if (input + output === 0) return;
    // Some providers count the thoughts beside the answer, which their totals show.
    const isBeside = reasoning > 0 && total === input + output + reasoning;
    expect(answer.end.usage).toMatchObject({
      inputTokens: input,
      outputTokens: isBeside ? output + reasoning : output,
      totalTokens: total,
      reasoningTokens: reasoning,
    });
  });

  it.each(chats.filter(({ objects }) => pagesOf(objects).length > 0))(
    '$name cites every page',
    async ({ body, objects }) => {
      const { text, citations } = addUpCalls(await play(body));
      expect(new Set(citations.map(({ url }) => url))).toEqual(new Set(pagesOf(objects)));
      for (const { url, startIndex, endIndex } of citations) {
        const [, number] = /^\[(\d+)\]$/.exec([...text].slice(startIndex, endIndex).join('')) ?? [];
        if (startIndex < endIndex) expect(pagesOf(objects)[Number(number) - 1]).toBe(url);
      }
    },
  );

  it.each(chats)('$name has the same result at any cuts, and with CRLF', async ({ body }) => {
    const whole = addUpCalls(await play(body));
    // Byte by byte where that is fast.
    const bytesPerRead = body.length <= 32_768 ? 1 : 61;
    const named = ({ calls, ...answer }: ReadAnswer) => ({
      ...answer,
      calls: calls.map(({ name, arguments: args }) => [name, args]),
    });
    expect(named(addUpCalls(await play(body, bytesPerRead)))).toEqual(named(whole));
    expect(named(addUpCalls(await play(body.replaceAll('\n', '\r\n'), 997)))).toEqual(named(whole));
  });

  it.each(chats.filter(({ kind }) => kind === 'stream'))(
    '$name fails where it is cut before it says why it ended',
    async ({ body }) => {
      const lines = body.split('\n\n');
      const cutAt = lines.findIndex((line) => reasonSaid.test(line));
      const error: unknown = await play(lines.slice(0, cutAt).join('\n\n')).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ code: 'model_error' });
      expect(isTransient(error)).toBe(true);
    },
  );

  it.each(others)(
    '$name, of another protocol or an error, is not accepted as an answer',
    async ({ body }) => {
      await expect(play(body)).rejects.toBeInstanceOf(AppError);
    },
  );
});
