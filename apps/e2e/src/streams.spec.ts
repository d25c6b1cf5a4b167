import { hang, text, toolCall, wait } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import type { Response, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { beforeAll, describe, expect } from 'vitest';
import { expireLeases, query } from './system/database.ts';
import { scenario, scenarioOfProcesses } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const { provider } = system;
const apiKey = await system.token();
const client = new OpenAI({ baseURL: `${system.url}/v1`, apiKey, maxRetries: 0 });
const model = 'gpt-scripted';
const words = Array.from({ length: 40 }, (_, index) => `word-${index} `);
const whole = words.join('');

let otherInstance: Awaited<ReturnType<typeof system.otherResponses>>;
/** A client of a responses service without NATS. */
let elsewhere: OpenAI;
beforeAll(async () => {
  otherInstance = await system.otherResponses();
  elsewhere = new OpenAI({ baseURL: `${otherInstance.url}/v1`, apiKey, maxRetries: 0 });
});

const begin = (body: Record<string, unknown> = {}) =>
  client.responses.create({ model, input: 'Tell me', background: true, stream: true, ...body });
const resume = (at: OpenAI, id: string, startingAfter?: number) =>
  at.responses.retrieve(id, {
    stream: true,
    ...(startingAfter !== undefined && { starting_after: startingAfter }),
  });

async function collect(stream: AsyncIterable<ResponseStreamEvent>): Promise<ResponseStreamEvent[]> {
  const events: ResponseStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

/** Reads events up to the first match; then the client disconnects. */
async function collectUntil(
  stream: AsyncIterable<ResponseStreamEvent>,
  isEnough: (event: ResponseStreamEvent) => boolean,
): Promise<ResponseStreamEvent[]> {
  const events: ResponseStreamEvent[] = [];
  for await (const event of stream) {
    events.push(event);
    if (isEnough(event)) break;
  }
  return events;
}

const idOf = (events: readonly ResponseStreamEvent[]) =>
  (events[0] as { response: Response } | undefined)?.response.id ?? '';
const types = (events: readonly ResponseStreamEvent[]) => events.map(({ type }) => type);
const numbers = (events: readonly ResponseStreamEvent[]) =>
  events.map(({ sequence_number: number }) => number);
const said = (events: readonly ResponseStreamEvent[]) =>
  events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('');
const stored = async (id: string) => {
  const { _request_id, output_text: _text, ...response } = await elsewhere.responses.retrieve(id);
  return response;
};
const settled = (id: string, ...statuses: string[]) =>
  expect
    .poll(async () => (await client.responses.retrieve(id)).status, { interval: 25 })
    .toSatisfy((status: string) => statuses.includes(status));

describe('a background stream', () => {
  scenario(
    ['openai-background-stream', 'openai-resume'],
    'has the events from its creation to its end',
    async () => {
      provider.script = () => [text(...words)];
      const events = await collect(await begin());
      expect(types(events).slice(0, 4)).toEqual([
        'response.created',
        'response.queued',
        'response.in_progress',
        'response.output_item.added',
      ]);
      expect(numbers(events)).toEqual(events.map((_, index) => index));
      expect(said(events)).toBe(whole);
      const last = events.at(-1) as { type: string; response: Response };
      expect(last.type).toBe('response.completed');
      expect(last.response).toEqual(await stored(idOf(events)));
      for (const { sequence_number: number } of events)
        expect(await collect(await resume(elsewhere, idOf(events), number))).toEqual(
          events.slice(number + 1),
        );
    },
  );

  scenario(
    ['openai-background-stream', 'openai-resume'],
    'continues when its client disconnects, and is resumed after any event on another instance, live and after the end',
    async () => {
      const goOn = Promise.withResolvers<void>();
      provider.script = ({ toolOutputs }) =>
        toolOutputs.length === 0
          ? [toolCall('google_search', { q: 'x' })]
          : [text(...words.slice(0, 20)), wait(goOn.promise), text(...words.slice(20))];
      const tools = [{ type: 'mcp', server_label: 'antiphon', require_approval: 'never' }];
      const isFar = (event: ResponseStreamEvent) =>
        event.type === 'response.output_text.delta' && event.delta.includes('word-5 ');
      const first = await collectUntil(await begin({ tools }), isFar);
      const id = idOf(first);
      const left = first.at(-1)?.sequence_number ?? 0;

      const live = [0, 2, left].map(async (number) => collect(await resume(elsewhere, id, number)));
      const full = collect(await resume(elsewhere, id));
      await collectUntil(await resume(client, id), (event) => said([event]).includes('word-19 '));
      goOn.resolve();
      const all = await full;
      expect(types(all).at(-1)).toBe('response.completed');
      expect(numbers(all)).toEqual(all.map((_, index) => index));
      expect(all.slice(0, first.length)).toEqual(first);
      expect(said(all)).toBe(whole);
      expect(types(all)).toContain('response.mcp_call.completed');
      expect(await Promise.all(live)).toEqual([0, 2, left].map((number) => all.slice(number + 1)));

      for (const at of [client, elsewhere]) {
        expect(await collect(await resume(at, id))).toEqual(all);
        for (const number of [0, left, all.length - 2, all.length - 1])
          expect(await collect(await resume(at, id, number))).toEqual(all.slice(number + 1));
      }
      expect((all.at(-1) as { response: Response }).response).toEqual(await stored(id));
    },
  );

  scenario('openai-resume', 'is read by the stream helper of the stock client', async () => {
    provider.script = () => [text(...words)];
    const id = idOf(await collect(await begin()));
    const stream = elsewhere.responses.stream({ response_id: id, starting_after: 10 });
    const seen: number[] = [];
    for await (const { sequence_number: number } of stream) seen.push(number);
    expect(seen[0]).toBe(11);
    expect((await stream.finalResponse()).output_text).toBe(whole);
  });

  scenario(
    'openai-resume-rebuilt',
    'is rebuilt when its events are removed',
    async () => {
      provider.script = () => [text(...words)];
      const events = await collect(await begin());
      const id = idOf(events);
      // Older than events are kept.
      await query(
        `update responses.response_events set written_at = written_at - interval '25 h' where response_id = $1`,
        [id],
      );
      const rows = () => query('select 1 from responses.response_events where response_id = $1', [id]);
      await expect.poll(async () => (await rows()).length).toBe(0);

      const rebuilt = await collect(await resume(elsewhere, id));
      expect(said(rebuilt)).toBe(whole);
      expect(numbers(rebuilt)).toEqual(rebuilt.map((_, index) => index));
      expect(rebuilt.at(-1)).toEqual({ ...events.at(-1), sequence_number: rebuilt.length - 1 });
      for (const number of [0, 5, rebuilt.length - 1])
        expect(await collect(await resume(client, id, number))).toEqual(rebuilt.slice(number + 1));
      // A reader that already has more events than the rebuilt stream gets the end.
      const late = await collect(await resume(client, id, events.length - 2));
      expect(late).toEqual([{ ...events.at(-1), sequence_number: events.length - 1 }]);
    },
    60_000,
  );

  scenario('openai-resume-rebuilt', 'exists for every stored response', async () => {
    const streamed = await collect(await client.responses.create({ model, input: 'x', stream: true }));
    const again = await collect(await resume(elsewhere, idOf(streamed)));
    expect(said(again)).toBe('Hello there.');
    expect(again.at(-1)).toMatchObject({ type: 'response.completed' });
    expect((again.at(-1) as { response: Response }).response).toEqual(await stored(idOf(streamed)));

    // Created without a stream, and followed while it runs.
    const goOn = Promise.withResolvers<void>();
    provider.script = () => [text('Slowly'), wait(goOn.promise)];
    const { id } = await client.responses.create({ model, input: 'x', background: true });
    const following = collect(await resume(elsewhere, id));
    goOn.resolve();
    const events = await following;
    expect(types(events).slice(0, 3)).toEqual([
      'response.created',
      'response.queued',
      'response.in_progress',
    ]);
    expect(said(events)).toBe('Slowly');
    expect(types(events).at(-1)).toBe('response.completed');
  });

  scenario('openai-resume-cancelled', 'ends when its response is cancelled or deleted', async () => {
    provider.script = () => [text('Half'), wait(new Promise(() => {}))];
    const isHalf = (event: ResponseStreamEvent) => event.type === 'response.output_text.delta';
    const cancelled = await collectUntil(await begin(), isHalf);
    const following = collect(await resume(elsewhere, idOf(cancelled)));
    await client.responses.cancel(idOf(cancelled));
    expect(types(await following)).not.toContain('response.completed');
    await expect
      .poll(async () => (await client.responses.retrieve(idOf(cancelled))).output_text)
      .toBe('Half');
    const afterwards = await collect(await resume(elsewhere, idOf(cancelled)));
    expect(afterwards.slice(0, cancelled.length)).toEqual(cancelled);

    const deleted = await collectUntil(await begin(), isHalf);
    const reading = collect(await resume(elsewhere, idOf(deleted)));
    await client.responses.delete(idOf(deleted));
    expect(types(await reading)).not.toContain('response.completed');
    await expect(resume(elsewhere, idOf(deleted))).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  scenario('openai-resume-bad', 'refuses malformed numbers and other callers', async () => {
    const { id } = await client.responses.create({ model, input: 'x' });
    for (const number of [-1, 1.5, NaN])
      await expect(resume(client, id, number)).rejects.toMatchObject({
        constructor: OpenAI.BadRequestError,
        param: 'starting_after',
      });
    const otherClient = new OpenAI({
      baseURL: `${system.url}/v1`,
      apiKey: await system.token(),
      maxRetries: 0,
    });
    await expect(resume(otherClient, id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  scenario('openai-slow-reader', 'waits for a slow reader without holding up the run', async () => {
    const piece = 'x'.repeat(2_000);
    const count = 2_000;
    provider.script = () => [text(...Array.from({ length: count }, () => piece))];
    const answer = await fetch(`${system.url}/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, input: 'x', background: true, stream: true }),
    });
    // The client reads nothing until the run has ended, and the stream is larger than the socket buffers.
    const slowId = answer.headers.get('x-response-id') ?? '';
    await settled(slowId, 'completed');
    const deltas = (await answer.text()).match(/^event: response\.output_text\.delta$/gm);
    expect(deltas).toHaveLength(count);
  });
});

describe('a worker that dies during an answer', () => {
  scenarioOfProcesses(
    'openai-resume-takeover',
    'leaves an incomplete item, and another worker sends the rest',
    async () => {
      let isFirstRunner = true;
      provider.script = () => (isFirstRunner ? [text('Half of'), hang()] : [text(...words)]);
      const opened = await begin();
      const events: ResponseStreamEvent[] = [];
      for await (const event of opened) {
        events.push(event);
        if (!isFirstRunner || event.type !== 'response.output_text.delta') continue;
        isFirstRunner = false;
        await system.kill('worker');
        await expireLeases();
        await system.app('worker').start();
      }
      const items = events.flatMap((event) =>
        event.type === 'response.output_item.added' || event.type === 'response.output_item.done'
          ? [[event.type, event.output_index, (event.item as { status?: string }).status]]
          : [],
      );
      expect(items).toEqual([
        ['response.output_item.added', 0, 'in_progress'],
        ['response.output_item.done', 0, 'incomplete'],
        ['response.output_item.added', 1, 'in_progress'],
        ['response.output_item.done', 1, 'completed'],
      ]);
      expect(numbers(events)).toEqual(events.map((_, index) => index));
      const last = events.at(-1) as { type: string; response: Response };
      expect(last.type).toBe('response.completed');
      const response = await stored(idOf(events));
      expect(last.response).toEqual(response);
      expect(response.output).toMatchObject([{ content: [{ text: whole }], status: 'completed' }]);
      expect(await collect(await resume(elsewhere, idOf(events)))).toEqual(events);
    },
  );
});
