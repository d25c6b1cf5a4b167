import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { AppError } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { parseObject } from '../../providers/json-object.ts';
import { addUp, decoder, play } from './__fixtures__/play.ts';
import { readEmbeddings } from './embeddings.ts';

/**
 * Replays recorded replies of Google through the decoder and through the AI SDK's, which must read the same: `*.chunks.txt` (a chunk a line) and
 * `*.json` of the folder `google` in `PROVIDER_RECORDINGS`, or in `../shared/recordings` beside the project.
 */
const root = resolve(
  process.env['PROVIDER_RECORDINGS'] ?? join(import.meta.dirname, '../../../../../../shared/recordings'),
);
const recordings = read(join(root, 'google'));
const answers = recordings.filter(({ objects }) =>
  objects.some(({ candidates }) => Array.isArray(candidates)),
);
const others = recordings.filter((recording) => !answers.includes(recording));

function read(folder: string) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /\.(chunks\.txt|json)$/.test(name))
    .sort()
    .map((name) => {
      const content = readFileSync(join(folder, name), 'utf8');
      const isWhole = name.endsWith('.json');
      const lines = isWhole ? [content] : content.split('\n').filter((line) => line.trim() !== '');
      const body = isWhole ? content : lines.map((line) => `data: ${line}\n\n`).join('');
      return {
        name,
        isWhole,
        body,
        objects: lines.map(parseObject).filter((object) => object !== undefined),
      };
    });
}

/** The answer as the AI SDK reads it. */
async function oracle(body: string, isWhole: boolean) {
  const headers = { 'content-type': isWhole ? 'application/json' : 'text/event-stream' };
  const answer = () => Promise.resolve(new Response(body, { headers }));
  const model = createGoogleGenerativeAI({ apiKey: 'k', fetch: answer })('gemini-3-pro-preview');
  const options = { prompt: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi' }] }] };
  const said = { text: '', thought: '', calls: [] as object[], sources: [] as string[] };
  const add = (part: object): void => {
    const { type, text, delta, toolName, input, url } = part as Record<string, string>;
    if (type === 'text' || type === 'text-delta') said.text += text ?? delta ?? '';
    if (type === 'reasoning' || type === 'reasoning-delta') said.thought += text ?? delta ?? '';
    if (type === 'tool-call')
      said.calls.push({ name: toolName, arguments: JSON.parse(input ?? '') as unknown });
    if (type === 'source') said.sources.push(url ?? '');
  };
  if (isWhole) {
    const { content, finishReason, usage } = await model.doGenerate(options);
    content.forEach(add);
    return { ...said, finishReason: finishReason.unified, usage };
  }
  const { stream } = await model.doStream(options);
  let end;
  for await (const part of stream) {
    add(part);
    if (part.type === 'error') throw part.error;
    if (part.type === 'finish') end = part;
  }
  return { ...said, finishReason: end?.finishReason.unified, usage: end?.usage };
}

describe.skipIf(recordings.length === 0)('recorded replies of Google', () => {
  it('exist in both forms', () => {
    expect(answers.some(({ isWhole }) => isWhole)).toBe(true);
    expect(answers.some(({ isWhole }) => !isWhole)).toBe(true);
    expect(others.length).toBeGreaterThan(0);
  });

  it.each(answers)('$name has the same result as at the AI SDK', async ({ body, isWhole }) => {
    const expected = await oracle(body, isWhole);
    const answer = addUp(await play(body));
    expect(answer.text).toBe(expected.text);
    expect(answer.thought).toBe(expected.thought);
    expect(
      answer.calls.map(({ name, arguments: args }) => ({ name, arguments: JSON.parse(args) as unknown })),
    ).toEqual(expected.calls);
    expect(answer.end.finishReason.replace('_', '-')).toBe(expected.finishReason);
    expect(new Set(answer.citations.map(({ url }) => url))).toEqual(new Set(expected.sources));
    expect(answer.end.usage).toMatchObject({
      inputTokens: expected.usage?.inputTokens.total,
      outputTokens: expected.usage?.outputTokens.total,
      cachedInputTokens: expected.usage?.inputTokens.cacheRead,
      reasoningTokens: expected.usage?.outputTokens.reasoning,
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
    await expect(play(body, { answer: decoder() })).rejects.toBeInstanceOf(AppError);
  });
});

const embedded = join(root, 'google-vertex/google-vertex-embedding.json');

it.skipIf(!existsSync(embedded))('recorded embeddings of Vertex AI are read with their tokens', () => {
  const { vectors, inputTokens } = readEmbeddings(JSON.parse(readFileSync(embedded, 'utf8')), 2, 'Google');
  expect(vectors.map(({ length }) => length)).toEqual([5, 5]);
  expect(inputTokens).toBe(11);
});
