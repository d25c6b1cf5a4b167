import OpenAI from 'openai';
import { text, toolCall, wait } from '@antiphon/service-kit/testing';
import { beforeAll, describe, expect } from 'vitest';
import { scenario, scenarioOfProcesses } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const { provider } = system;
const token = await system.token();
const client = new OpenAI({ baseURL: `${system.url}/codex/v1`, apiKey: token, maxRetries: 0 });
const model = 'gpt-scripted';
const getTime = {
  type: 'function',
  function: {
    name: 'get_time',
    description: 'Return current time.',
    parameters: { type: 'object', properties: {} },
  },
};

type Body = Record<string, unknown>;
interface CodexEvent extends Body {
  type: string;
  sequence_number: number;
  response: { id: string; status?: string; output?: unknown[] };
}

let elsewhere: Awaited<ReturnType<typeof system.otherResponses>>;
beforeAll(async () => {
  elsewhere = await system.otherResponses();
});

function call(
  path: string,
  {
    body,
    headers,
    at = system.url,
    signal,
  }: {
    body?: Body;
    headers?: Record<string, string>;
    at?: string;
    signal?: AbortSignal;
  } = {},
): Promise<Response> {
  return fetch(`${at}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
}

const responses = '/codex/v1/responses';
const begin = (body: Body = {}, more: Parameters<typeof call>[1] = {}) =>
  call(responses, {
    body: { model, input: 'Get system time.', tools: [getTime], stream: true, ...body },
    ...more,
  });
const submit = (
  id: string,
  callId: string,
  output: unknown = [{ type: 'output_text', text: '18:42' }],
  at?: string,
) => call(`${responses}/${id}/tool_outputs`, { body: { tool_call_id: callId, output }, ...(at && { at }) });
/** The test checks the reply, so its shape is not checked here. */
const read = async (id: string, query = '') =>
  (await (await call(`${responses}/${id}${query}`)).json()) as {
    status: string;
    output: { content?: { text: string }[] }[];
  };

/** Yields the events as they arrive. Each frame is one event. */
async function* eventsOf(answer: Response): AsyncGenerator<CodexEvent | '[DONE]'> {
  let rest = '';
  for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const frames = (rest + piece).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const data = /^data: (.*)$/m.exec(frame)?.[1];
      if (data === '[DONE]') yield data;
      else if (data !== undefined) yield JSON.parse(data) as CodexEvent;
    }
  }
}

async function collect(events: AsyncIterable<CodexEvent | '[DONE]'>): Promise<(CodexEvent | '[DONE]')[]> {
  const all: (CodexEvent | '[DONE]')[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const asksForTime = () => {
  provider.script = ({ toolOutputs }) =>
    toolOutputs.length === 0
      ? [toolCall('get_time', {}, { id: 'call_1' })]
      : [text('It is ', String(toolOutputs[0]))];
};
const callIn = (event: CodexEvent) =>
  (JSON.parse(String(event.delta)) as { id: string; call_id: string }[])[0];
const textIn = (events: CodexEvent[]) =>
  events
    .filter(({ type }) => type === 'response.output_text.delta')
    .map(({ delta }) => (delta as { content: { text: string }[] }).content[0]?.text)
    .join('');

describe('a stream', () => {
  scenario('codex-stream', 'sends text as the samples read it, here and at /v1', async () => {
    for (const [path, headers] of [
      [responses, {}],
      ['/v1/responses', { 'X-Responses-Profile': 'codex' }],
    ] as const) {
      const answer = await call(path, { body: { model, input: 'x', stream: true }, headers });
      const events = await collect(eventsOf(answer));
      expect(events.at(-1)).toBe('[DONE]');
      const sent = events.filter((event) => event !== '[DONE]');
      expect(textIn(sent)).toBe('Hello there.');
      expect(sent.map(({ sequence_number: number }) => number)).toEqual(sent.map((_, index) => index));
      expect([sent[0]?.type, sent.at(-1)?.type]).toEqual(['response.created', 'response.completed']);
    }
  });

  scenario(
    ['codex-stream', 'codex-held'],
    'stays open for the tool outputs and continues with them',
    async () => {
      asksForTime();
      const events: CodexEvent[] = [];
      let id = '';
      for await (const event of eventsOf(await begin())) {
        if (event === '[DONE]') continue;
        events.push(event);
        if (event.type === 'response.created') id = event.response.id;
        if (event.type !== 'response.ping') continue;
        // It was silent for a while, until the tool was done.
        const asked = events.find(({ type }) => type === 'response.tool_call.delta');
        if (!asked || events.some(({ type }) => type === 'submitted')) continue;
        expect((await read(id)).status).toBe('in_progress');
        const taken = await submit(id, callIn(asked)?.id ?? '', undefined, elsewhere.url);
        expect([taken.status, await taken.json()]).toEqual([200, { id, status: 'in_progress' }]);
        events.push({ ...event, type: 'submitted' });
      }
      const types = events.map(({ type }) => type).filter((type) => type !== 'response.ping');
      expect(types.slice(0, 4)).toEqual([
        'response.created',
        'response.in_progress',
        'response.tool_call.delta',
        'response.tool_call.completed',
      ]);
      expect(types.at(-1)).toBe('response.completed');
      expect(textIn(events)).toBe('It is 18:42');
      expect(events.at(-1)?.response).toEqual(await read(id));
    },
  );
});

describe('a client that disconnects', () => {
  scenario('codex-left', 'at the first tool call finds the answer later', async () => {
    asksForTime();
    const leaving = new AbortController();
    let id = '';
    let callId = '';
    for await (const event of eventsOf(await begin({}, { signal: leaving.signal }))) {
      if (event === '[DONE]') break;
      if (event.type === 'response.created') id = event.response.id;
      if (event.type !== 'response.tool_call.delta') continue;
      callId = callIn(event)?.id ?? '';
      break;
    }
    leaving.abort();
    expect((await read(id)).status).toBe('in_progress');
    const submitted = await call(`${responses}/${id}/submit_tool_outputs`, {
      body: { tool_call_id: callId, output: [{ type: 'output_text', text: '18:42' }] },
    });
    expect(submitted.status).toBe(200);
    const done = await read(id, '?wait=30s');
    expect([done.status, done.output[0]?.content?.[0]?.text]).toEqual(['completed', 'It is 18:42']);
    expect((await submit(id, callId)).status).toBe(400);
  });

  scenarioOfProcesses(
    'codex-expires',
    'and sends no tool outputs: its run fails at the time limit',
    async () => {
      asksForTime();
      const hasty = await system.startAnother('responses', { RESPONSES_TOOL_TIMEOUT: '100ms' });
      const created = await begin({ stream: false }, { at: hasty.url });
      const { id, status } = (await created.json()) as { id: string; status: string };
      await hasty.stop();
      expect(status).toBe('in_progress');
      expect((await read(id, '?wait=20s')).status).toBe('failed');
    },
    40_000,
  );
});

describe('tool outputs', () => {
  scenario('codex-outputs-refused', 'are refused if no call waits for them', async () => {
    asksForTime();
    const { id } = (await (await begin({ stream: false })).json()) as { id: string };
    const statuses = [
      await submit('resp_0000000000000000000000000000000000', 'call_1'),
      await submit(id, 'call_unknown'),
      await submit(id, 'call_1', []),
      await submit(id, 'call_1'),
      await submit(id, 'call_1'),
    ].map(({ status }) => status);
    expect(statuses).toEqual([404, 404, 400, 200, 400]);
    expect((await read(id, '?wait=30s')).status).toBe('completed');
  });
});

describe('in the background', () => {
  scenario(
    ['codex-background', 'codex-wait', 'codex-cancel'],
    'a response is polled by the stock client',
    async () => {
      const goOn = Promise.withResolvers<void>();
      provider.script = () => [text('Long '), wait(goOn.promise), text('analysis')];
      const queued = await client.responses.create({
        model,
        input: 'Run a long analysis.',
        background: true,
        store: true,
      });
      expect(queued.status).toBe('queued');
      expect(['queued', 'in_progress']).toContain((await read(queued.id, '?wait=100ms')).status);
      expect((await call(`${responses}/${queued.id}?wait=soon`)).status).toBe(400);
      const waiting = read(queued.id, '?wait=30s');
      goOn.resolve();
      expect((await waiting).status).toBe('completed');
      const stored = await client.responses.retrieve(queued.id);
      expect(stored.output[0]).toMatchObject({ content: [{ text: 'Long analysis' }] });
      expect((await call(`${responses}/${queued.id}/cancel`, { body: {} })).status).toBe(400);
    },
  );

  scenario('codex-background', 'a stream is resumed over its pings and its pause', async () => {
    asksForTime();
    const first = eventsOf(await begin({ background: true }));
    let id = '';
    let asked: CodexEvent | undefined;
    for await (const event of first) {
      if (event === '[DONE]') break;
      if (event.type === 'response.created') id = event.response.id;
      if (event.type === 'response.tool_call.delta') asked = event;
      if (asked && event.type === 'response.ping') break;
    }
    const rest = collect(
      eventsOf(await call(`${responses}/${id}?stream=true&starting_after=${asked?.sequence_number}`)),
    );
    expect((await submit(id, 'call_1')).status).toBe(200);
    const events = (await rest).filter(
      (event) => event !== '[DONE]' && event.type !== 'response.ping',
    ) as CodexEvent[];
    expect(events[0]?.sequence_number).toBe((asked?.sequence_number ?? 0) + 1);
    expect(events.at(-1)?.type).toBe('response.completed');
    expect(textIn(events)).toBe('It is 18:42');
  });
});
