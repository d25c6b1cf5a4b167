import { createGoogleGenerativeAI } from '@ai-sdk/google';
import type { LanguageModelV4 } from '@ai-sdk/provider';
import { AppError } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { parseObject } from '../../providers/json-object.ts';
import { answering, readByOracle, readWholeByOracle } from '../__fixtures__/oracle.ts';
import { recordingsOf, unreadIn } from '../__fixtures__/recordings.ts';
import { addUp, play } from './__fixtures__/play.ts';
import { readEmbeddings } from './embeddings.ts';

/** Replays recorded replies of Google through the decoder and through the AI SDK's, which must read the same. */
const recordings = [...recordingsOf('gemini'), ...unreadIn('google')].map(({ name, events, body }) => ({
  name,
  isWhole: events === null,
  body: events === null ? body : events.map((event) => `data: ${event}\n\n`).join(''),
  objects: (events ?? [body]).map(parseObject).filter((object) => object !== undefined),
}));
const answers = recordings.filter(({ objects }) =>
  objects.some(({ candidates }) => Array.isArray(candidates)),
);
const others = recordings.filter((recording) => !answers.includes(recording));

function readByAiSdk(body: string, isWhole: boolean) {
  const fetch = answering(body, isWhole ? 'application/json' : 'text/event-stream');
  const model = createGoogleGenerativeAI({ apiKey: 'k', fetch })('gemini-3-pro-preview');
  // The package has an earlier version of the interface; what is read of it is the same.
  const read = isWhole ? readWholeByOracle : readByOracle;
  return read(model as unknown as LanguageModelV4);
}

function parsed({ name, arguments: args }: { name: string; arguments: string }): object {
  return { name, arguments: JSON.parse(args) as unknown };
}

describe.skipIf(recordings.length === 0)('recorded replies of Google', () => {
  it('exist in both forms', () => {
    expect(answers.some(({ isWhole }) => isWhole)).toBe(true);
    expect(answers.some(({ isWhole }) => !isWhole)).toBe(true);
    expect(others.length).toBeGreaterThan(0);
  });

  it.each(answers)('$name has the same result as at the AI SDK', async ({ body, isWhole }) => {
    const expected = await readByAiSdk(body, isWhole);
    const answer = addUp(await play(body));
    expect(answer.text).toBe(expected.text);
    expect(answer.thought).toBe(expected.thought);
    expect(answer.calls.map(parsed)).toEqual(expected.calls.map(parsed));
    expect(answer.end.finishReason.replace('_', '-')).toBe(expected.finish);
    expect(new Set(answer.citations.map(({ url }) => url))).toEqual(new Set(expected.urls));
    expect(answer.end.usage).toMatchObject({
      inputTokens: expected.usage.inputTokens.total,
      outputTokens: expected.usage.outputTokens.total,
      cachedInputTokens: expected.usage.inputTokens.cacheRead,
      reasoningTokens: expected.usage.outputTokens.reasoning,
    });
  });

  it.each(answers)('$name keeps every signature', async ({ body, objects }) => {
    const answer = addUp(await play(body));
    const sent = [...JSON.stringify(objects).matchAll(/"thoughtSignature":"([^"]+)"/g)].map(
      ([, said]) => said,
    );
    const kept = JSON.stringify([answer.details ?? [], answer.calls]);
    for (const signature of sent) expect(kept).toContain(signature);
  });

  it.each(answers)('$name has the same result at any cuts, and with CRLF', async ({ body }) => {
    const named = (deltas: Awaited<ReturnType<typeof play>>) => {
      const { calls, ...answer } = addUp(deltas);
      return { ...answer, calls: calls.map(({ name, arguments: args }) => [name, args]) };
    };
    const whole = named(await play(body));
    const bytesPerRead = body.length <= 32_768 ? 1 : 61;
    expect(named(await play(body, { bytesPerRead }))).toEqual(whole);
    expect(named(await play(body.replaceAll('\n', '\r\n'), { bytesPerRead: 997 }))).toEqual(whole);
  });

  it.each(answers.filter(({ isWhole }) => !isWhole))(
    '$name fails where it is cut before its end',
    async ({ body }) => {
      const events = body.split('\n\n');
      const cutAt = events.findIndex((event) => event.includes('"finishReason"'));
      await expect(play(events.slice(0, cutAt).join('\n\n'))).rejects.toMatchObject({ code: 'model_error' });
    },
  );

  it.each(others)('$name, of another API or an error, is not accepted as an answer', async ({ body }) => {
    await expect(play(body)).rejects.toBeInstanceOf(AppError);
  });
});

it.each(unreadIn('google-vertex'))('$name has the embeddings of Vertex AI with their tokens', ({ body }) => {
  const { vectors, inputTokens } = readEmbeddings(JSON.parse(body), 2, 'Google');
  expect(vectors.map(({ length }) => length)).toEqual([5, 5]);
  expect(inputTokens).toBe(11);
});
