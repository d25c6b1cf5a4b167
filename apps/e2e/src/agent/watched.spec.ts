import { text, toolCall, wait } from '@antiphon/service-kit/testing';
import { beforeAll, describe, expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { type Body, agentSystem, json, lastWords, responses } from './agent-system.ts';

const { system, call, create, proposes, put, provider, echoes, otherToken } = await agentSystem();
const token = await system.token();

let otherInstance: Awaited<ReturnType<typeof system.otherResponses>>;
beforeAll(async () => {
  otherInstance = await system.otherResponses();
});

interface WireEvent {
  type: string;
  sequence_number: number;
  [field: string]: unknown;
}

/** A stream while it is read: its frames as they came. */
class Reading {
  readonly frames: string[] = [];
  readonly ended: Promise<void>;
  private readonly gone = new AbortController();

  constructor(url: string, body?: Body) {
    this.ended = this.read(url, body);
    this.ended.catch(() => undefined);
  }

  get events(): WireEvent[] {
    return this.frames.map(eventIn);
  }

  get id(): string {
    return String(this.events[0]?.['id']);
  }

  /** Waits for the `count`th event of a type. */
  until(type: string, count = 1): Promise<unknown> {
    return expect
      .poll(() => this.events.filter((event) => event.type === type).length, { interval: 20 })
      .toBeGreaterThanOrEqual(count);
  }

  leave(): void {
    this.gone.abort();
  }

  private async read(url: string, body?: Body): Promise<void> {
    const answer = await fetch(url, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
      signal: this.gone.signal,
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    let rest = '';
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const parts = (rest + chunk).split('\n\n');
      rest = parts.pop() ?? '';
      this.frames.push(...parts.filter((part) => !part.startsWith(':')));
    }
  }
}

const eventIn = (frame: string) => JSON.parse(/^data: (\{.*)$/m.exec(frame)?.[1] ?? '{}') as WireEvent;
const begin = (body: Body) =>
  new Reading(`${system.url}${responses}`, { background: true, stream: 'full', ...body });
const resume = (at: { url: string }, id: string, query: string) =>
  new Reading(`${at.url}${responses}/${id}?${query}`);
const allOf = async (reading: Reading) => {
  await reading.ended;
  return reading.frames;
};
const mine = { token };
const retrieve = async (id: string) => json(call(`${responses}/${id}`, mine));

describe('a run that its user watches', () => {
  scenario(
    ['agent-watched', 'agent-watched-resume'],
    'waits in its stream, goes on after each decision, and is resumed after any event on every instance',
    async () => {
      proposes(put({ n: 0 }), put({ n: 1 }), put({ n: 2 }), put({ n: 3 }));
      const before = echoes();
      const first = begin({ input: 'Update product stock' });
      await first.until('response.interrupt');
      const { id } = first;
      expect((await retrieve(id)).status).toBe('interrupted');
      const elsewhere = resume(otherInstance, id, 'stream=full');
      const tab = resume(system, id, 'stream=events');
      // Its client goes away: the run does not.
      first.leave();

      const decide = (decisions: Body[], stream = 'off') =>
        create(
          {
            input: decisions.map((decision) => ({ type: 'tool_decision', ...decision })),
            previous_response_id: id,
            stream,
          },
          mine,
        );
      expect(
        (await decide([{ tool_call_id: 'call_0', decision: 'reject', message: 'Too dear' }])).status,
      ).toBe(200);
      await elsewhere.until('response.interrupt', 2);
      expect(
        (await decide([{ tool_call_id: 'call_1', decision: 'feedback', message: 'Use another address' }]))
          .status,
      ).toBe(200);
      await tab.until('response.interrupt', 3);
      const args = { url: put()[1]['url'], input_data: { n: 'edited' } };
      const continued = await decide([{ tool_call_id: 'call_2', decision: 'edit', args }], 'full');
      await elsewhere.until('response.interrupt', 4);
      const waiting = await json<{ data: (Body & { id: string })[] }>(call('/v1/approvals?limit=100', mine));
      const [last] = waiting.data.filter(({ response_id: of }) => of === id);
      await call(`/v1/approvals/${last?.id}/decide`, { ...mine, body: { action: 'accept' } });

      const all = await allOf(elsewhere);
      const events = all.map(eventIn);
      expect(events.filter(({ type }) => type === 'response.tool_decision')).toMatchObject([
        { tool_call_id: 'call_0', decision: 'reject', args: null, message: 'Too dear' },
        { tool_call_id: 'call_1', decision: 'feedback', message: 'Use another address' },
        { tool_call_id: 'call_2', decision: 'edit', args },
        { tool_call_id: 'call_3', decision: 'accept', args: put({ n: 3 })[1] },
      ]);
      expect(events.at(-1)).toMatchObject({ type: 'response.completed', status: 'completed' });
      expect(echoes()).toBe(before + 2);
      const done = await retrieve(id);
      const said = events.flatMap((event) =>
        event.type === 'response.output_text.delta' ? [String(event['content'])] : [],
      );
      expect([done.status, said.join('')]).toEqual(['completed', lastWords(done)]);

      // The stream of a decision is the same stream, from the decision on.
      const fromDecision = (await continued.text())
        .split('\n\n')
        .filter((frame) => frame.startsWith('event:'));
      const from = events.findIndex((event) => event['decision'] === 'edit');
      expect(fromDecision).toEqual(all.slice(from));
      expect(all.slice(0, first.frames.length)).toEqual(first.frames);
      for (const at of [system, otherInstance])
        for (const place of [0, first.frames.length, all.length - 2, all.length - 1])
          expect(
            await allOf(resume(at, id, `stream=full&starting_after=${events[place]?.sequence_number}`)),
          ).toEqual(all.slice(place + 1));
      // A reader may change the form: an event has the same number in both.
      const short = await allOf(tab);
      expect(
        await allOf(
          resume(otherInstance, id, `stream=events&starting_after=${events[from - 1]?.sequence_number}`),
        ),
      ).toEqual(
        short.filter((frame) => eventIn(frame).sequence_number >= (events[from]?.sequence_number ?? 0)),
      );
    },
    60_000,
  );

  scenario('agent-watched', 'is cancelled from elsewhere, also while it waits', async () => {
    proposes(put());
    const waits = begin({ input: 'Update product stock' });
    await waits.until('response.interrupt');
    provider.script = () => [text('Half an'), wait(new Promise(() => {}))];
    const speaks = begin({ input: 'Tell me' });
    await speaks.until('response.output_text.delta');
    for (const reading of [waits, speaks]) {
      const cancelled = await fetch(`${otherInstance.url}${responses}/${reading.id}/cancel`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      });
      expect(await json(cancelled)).toMatchObject({ status: 'cancelled' });
      await reading.ended;
      expect(reading.events.at(-1)).toMatchObject({ type: 'response.completed', status: 'cancelled' });
    }
    expect(lastWords(await retrieve(speaks.id))).toBe('Half an');
  });

  scenario('agent-watched-resume', 'has clear errors for readers', async () => {
    provider.script = () => [text('Hello')];
    const plain = await json(create({ input: 'Hi', stream: 'off', disable_cache: true }, mine));
    const get = (query: string, options = mine) => call(`${responses}/${plain.id}?${query}`, options);
    for (const query of ['stream=true', 'stream=full&starting_after=x', 'starting_after=1'])
      expect([query, (await get(query)).status]).toEqual([query, 422]);
    const unkept = await get('stream=full&starting_after=1');
    expect(unkept.status).toBe(400);
    expect(await unkept.json()).toMatchObject({ detail: expect.stringContaining('are not kept') as string });
    expect((await get('stream=full', { token: otherToken })).status).toBe(404);
    // Without a number, the events are made from the response.
    const made = (await allOf(resume(system, plain.id, 'stream=full'))).map(eventIn);
    expect(made.map(({ type }) => type)).toEqual([
      'response.created',
      'response.output_text.delta',
      'response.completed',
    ]);
    expect((await create({ input: 'Hi', background: true, store: false }, mine)).status).toBe(422);
  });
});

scenario(
  'approvals-wait',
  'a run of the openai dialect waits in its stream where it is requested so',
  async () => {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0 ? [toolCall(...put(), { id: 'call_0' })] : [text('Done')];
    const reading = new Reading(`${system.url}/v1/responses`, {
      model: 'gpt-scripted',
      input: 'Update the stock',
      background: true,
      stream: true,
      on_approval: 'wait',
      tools: [
        { type: 'mcp', server_label: 'antiphon', require_approval: 'always', allowed_tools: [put()[0]] },
      ],
    });
    const itemsOf = () =>
      reading.events
        .filter(({ type }) => type === 'response.output_item.done')
        .map(({ item }) => item as Body & { id: string });
    await expect.poll(() => itemsOf().length).toBe(1);
    const [request] = itemsOf();
    const read = (id: string) => json<Body & { output: Body[] }>(call(`/v1/responses/${id}`, mine));
    const [created] = reading.events;
    const id = String((created?.['response'] as Body | undefined)?.['id']);
    expect(await read(id)).toMatchObject({
      status: 'in_progress',
      output: [{ type: 'mcp_approval_request' }],
    });
    await call(`/v1/approvals/${request?.id}/decide`, { ...mine, body: { action: 'accept' } });
    await reading.ended;
    const stored = await read(id);
    expect(stored.status).toBe('completed');
    expect(itemsOf()).toEqual(stored.output);
    expect(stored.output.map(({ type }) => type)).toEqual([
      'mcp_approval_request',
      'mcp_approval_response',
      'mcp_call',
      'message',
    ]);
    expect(
      (await call('/v1/responses', { ...mine, body: { model: 'm', input: 'x', on_approval: 'wait' } }))
        .status,
    ).toBe(400);
  },
);
