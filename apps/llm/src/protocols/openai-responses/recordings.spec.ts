import { createOpenAI } from '@ai-sdk/openai';
import { describe, expect, it } from 'vitest';
import { isObject, objectsOf, parseObject, type UnknownObject } from '../../providers/json-object.ts';
import { recordingsOf } from '../__fixtures__/recordings.ts';
import { addUp, play, type SaidAnswer } from './__fixtures__/play.ts';

/** Replays recorded responses of real providers through the decoder, and compares the result with that of @ai-sdk/openai. */
interface Recording {
  name: string;
  body: string;
  isStream: boolean;
  /** The whole response; undefined for a stream that fails. */
  response: UnknownObject | undefined;
}

/** Types of items that are answers. A reply without one of them calls only tools that we never send. */
const answering = new Set(['message', 'function_call', 'image_generation_call']);

const recordings = recordingsOf('openai_responses').flatMap(({ folder, name, events, body }) => {
  const file = `${folder}/${name}`;
  return events === null ? readWhole(file, body) : readStreams(file, events);
});
const answered = recordings.filter(({ response }) =>
  objectsOf(response?.['output']).some(({ type }) => answering.has(String(type))),
);
const unanswered = recordings.filter((recording) => !answered.includes(recording));

function readWhole(name: string, content: string): Recording[] {
  const response = parseObject(content);
  return response?.['object'] === 'response' ? [{ name, body: content, isStream: false, response }] : [];
}

/** A file may have the streams of several turns. */
function readStreams(name: string, events: readonly string[]): Recording[] {
  const streams: string[][] = [];
  for (const line of events.filter((text) => text.includes('"response'))) {
    if (parseObject(line)?.['type'] === 'response.created') streams.push([]);
    streams.at(-1)?.push(line);
  }
  return streams.map((lines, turn) => {
    const last = parseObject(lines.at(-1) ?? '')?.['response'];
    const body = lines.map((line) => `data: ${line}\n\n`).join('');
    return { name: `${name} ${turn}`, body, isStream: true, response: isObject(last) ? last : undefined };
  });
}

/** What the oracle reads of a whole response. */
async function generate(response: UnknownObject) {
  const { content, finishReason, usage } = await oracle(
    JSON.stringify(response),
    'application/json',
  ).doGenerate({
    prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
  });
  return { content, finishReason, usage };
}

/** What the oracle reads of a stream. */
async function stream(body: string) {
  const result = await oracle(body, 'text/event-stream').doStream({
    prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
  });
  const parts = [];
  for await (const part of result.stream) parts.push(part);
  const finish = parts.find((part) => part.type === 'finish');
  if (finish === undefined) throw new Error('the oracle read no end');
  const texts = new Map<string, string>();
  for (const part of parts)
    if (part.type === 'text-delta') texts.set(part.id, (texts.get(part.id) ?? '') + part.delta);
  const text = [...texts.values()].map((said): Content[number] => ({ type: 'text', text: said }));
  const content = [...text, ...parts.filter((part) => part.type === 'tool-call')];
  return { content, finishReason: finish.finishReason, usage: finish.usage };
}

/** Types of items that all servers of this API share. */
const shared = new Set(['message', 'function_call', 'reasoning']);

/** The items of xAI as the oracle accepts them, which refuses the forms of its tools and of its citations. */
function acceptedItems(items: unknown): UnknownObject[] {
  return objectsOf(items)
    .filter(({ type }) => shared.has(String(type)))
    .map((item) => {
      if (item['type'] !== 'message') return item;
      return { ...item, content: objectsOf(item['content']).map((part) => ({ ...part, annotations: [] })) };
    });
}

function acceptedResponse(response: UnknownObject): UnknownObject {
  return { ...response, output: acceptedItems(response['output']) };
}

function acceptedEvent(line: string): string[] {
  const { item, response, ...event } = parseObject(line.replace(/^data: /, '')) ?? {};
  if (event['type'] === 'response.output_text.annotation.added') return [];
  const items = item === undefined ? [] : acceptedItems([item]);
  if (item !== undefined && items.length === 0) return [];
  const fields = {
    ...(isObject(response) && { response: acceptedResponse(response) }),
    ...(item !== undefined && { item: items[0] }),
  };
  return [`data: ${JSON.stringify({ ...event, ...fields })}`];
}

function oracle(body: string, type: string) {
  const reply = () => Promise.resolve(new Response(body, { headers: { 'content-type': type } }));
  return createOpenAI({ apiKey: 'none', fetch: reply }).responses('gpt-5');
}

type Content = Awaited<ReturnType<ReturnType<typeof oracle>['doGenerate']>>['content'];

function textsOf(content: Content): string {
  const texts = content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return texts.filter((text) => text !== '').join('\n\n');
}

/** The calls of the caller's functions. */
function callsOf(content: readonly Content[number][]) {
  return content.flatMap((part) =>
    part.type === 'tool-call' && part.providerExecuted !== true && !isBuiltIn(part.toolName)
      ? [{ id: part.toolCallId, name: part.toolName, arguments: part.input }]
      : [],
  );
}

/** Tools of OpenAI, which we never send. */
function isBuiltIn(name: string): boolean {
  return /^(apply_patch|local_shell|shell|write_sql|computer_use|tool_search)$/.test(name);
}

describe.skipIf(recordings.length === 0)('recorded responses', () => {
  it('exist in every form', () => {
    expect(answered.filter(({ isStream }) => isStream).length).toBeGreaterThan(10);
    expect(answered.filter(({ isStream }) => !isStream).length).toBeGreaterThan(10);
    expect(unanswered.length).toBeGreaterThan(0);
  });

  it.each(answered)(
    '$name has the same result as the oracle',
    async ({ name, body, isStream, response = {} }) => {
      const isXai = name.startsWith('xai/');
      const whole = await generate(isXai ? acceptedResponse(response) : response);
      const read = isStream
        ? await stream(
            isXai
              ? body
                  .trim()
                  .split('\n\n')
                  .flatMap(acceptedEvent)
                  .map((line) => `${line}\n\n`)
                  .join('')
              : body,
          )
        : whole;
      const said = addUp(await play(body));
      // Some recordings of streams are shortened, in the pieces or at the end.
      expect([textsOf(whole.content), textsOf(read.content)]).toContain(said.text);
      expect(said.calls).toEqual(callsOf(read.content));
      expect(said.end.finishReason.replace('_', '-')).toBe(
        callsOf(read.content).length > 0 ? 'tool-calls' : 'stop',
      );
      // Without counts they are estimated.
      if (read.usage.inputTokens.total === 0) return;
      expect(said.end.usage).toMatchObject({
        inputTokens: read.usage.inputTokens.total,
        outputTokens: read.usage.outputTokens.total,
        cachedInputTokens: read.usage.inputTokens.cacheRead ?? 0,
        reasoningTokens: read.usage.outputTokens.reasoning ?? 0,
      });
    },
  );

  it.each(answered)('$name cites the pages of its text', async ({ body, response = {} }) => {
    const { text, citations } = addUp(await play(body));
    const annotations = objectsOf(response['output'])
      .flatMap(({ content }) => objectsOf(content))
      .flatMap((part) => objectsOf(part['annotations']));
    const urls = annotations.flatMap(({ type, url }) => (type === 'url_citation' ? [url] : []));
    expect(new Set(citations.flatMap((cited) => ('fileId' in cited ? [] : [cited.url])))).toEqual(
      new Set(urls),
    );
    for (const { endIndex } of citations) expect(endIndex).toBeLessThanOrEqual([...text].length);
  });

  it.each(answered)('$name keeps its thoughts as they came', async ({ body, isStream, response = {} }) => {
    const { thought, details } = addUp(await play(body));
    const items = isStream ? itemsOf(body) : objectsOf(response['output']);
    const thoughts = items.filter(({ type }) => type === 'reasoning');
    const kept = thoughts.filter(
      ({ encrypted_content: sealed, content }) => sealed || objectsOf(content).length > 0,
    );
    expect(details).toEqual(
      kept.map(({ id, summary, content, encrypted_content: sealed }): unknown =>
        expect.objectContaining({
          id,
          summary,
          ...(sealed ? { encrypted_content: sealed } : {}),
          ...(objectsOf(content).length > 0 && { content }),
        }),
      ),
    );
    const texts = thoughts.flatMap(({ summary, content }) => {
      const parts = objectsOf(summary).length > 0 ? objectsOf(summary) : objectsOf(content);
      return parts.map(({ text }) => String(text));
    });
    expect(thought).toBe(texts.join('\n\n'));
  });

  it.each(answered)('$name has the same result at any cuts, and with CRLF', async ({ body }) => {
    const whole = addUp(await play(body));
    // Byte by byte where that is fast.
    expect(withoutIds(addUp(await play(body, body.length <= 32_768 ? 1 : 61)))).toEqual(withoutIds(whole));
    expect(withoutIds(addUp(await play(body.replaceAll('\n', '\r\n'), 997)))).toEqual(withoutIds(whole));
  });

  it.each(answered.filter(({ isStream }) => isStream))(
    '$name fails where its end is missing',
    async ({ body }) => {
      const cut = body.split('\n\n').slice(0, -2).join('\n\n');
      await expect(play(cut)).rejects.toMatchObject({ code: 'model_error', cause: { isTransient: true } });
    },
  );

  it.each(unanswered)('$name, which is no answer, fails', async ({ body }) => {
    await expect(play(body)).rejects.toMatchObject({
      code: expect.stringMatching(/^(model_error|quota_exhausted)$/) as string,
    });
  });
});

/** The items that a stream ends. */
function itemsOf(body: string): UnknownObject[] {
  return body.split('\n').flatMap((line) => {
    const event = parseObject(line.replace(/^data: /, ''));
    return event?.['type'] === 'response.output_item.done' && isObject(event['item']) ? [event['item']] : [];
  });
}

/** Calls without an id get a new one each time. */
function withoutIds(said: SaidAnswer) {
  return { ...said, calls: said.calls.map(({ name, arguments: args }) => [name, args]) };
}
