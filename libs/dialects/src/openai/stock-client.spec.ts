import { AppError, type ErrorInfo, type ResponseEvent } from '@antiphon/contracts';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import OpenAI5 from 'openai-5';
import OpenAI6 from 'openai-6';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ScriptedRun } from '../testing/scripted-run.ts';
import { brokenNesting } from '../testing/stream-nesting.ts';
import { message, serverCall, testResponse } from '../testing/test-response.ts';
import { openai } from './index.ts';
import { decodeItemsQuery } from './page-query.ts';

/** The stock client against a server that only encodes and decodes the dialect. */
const world: { events: ResponseEvent[]; error: AppError | null } = { events: [], error: null };
let server: Server;
let client: OpenAI;

beforeAll(async () => {
  server = createServer((request, reply) => {
    const lastEvent = world.events.at(-1);
    const send = ({
      status,
      body,
      headers,
    }: {
      status: number;
      body: unknown;
      headers?: Record<string, string>;
    }) => {
      reply.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    };
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (world.error) return send(openai.encodeError(world.error));
      const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as { stream?: boolean };
      const url = new URL(request.url ?? '/', 'http://localhost');
      if (body.stream || url.searchParams.get('stream') === 'true') {
        reply.writeHead(200, { 'content-type': 'text/event-stream' });
        const encode = openai.openStream('stream');
        for (const event of world.events) for (const frame of encode(event)) reply.write(frame);
        return reply.end();
      }
      if (!lastEvent || !('response' in lastEvent)) return send({ status: 404, body: {} });
      if (request.method === 'DELETE') return send(openai.encodeDeleted(lastEvent.response.id));
      if (url.pathname.endsWith('/input_items')) {
        const { after, limit, order } = Object.fromEntries(url.searchParams);
        return send({
          status: 200,
          body: openai.encodeInputItems(lastEvent.response.input, decodeItemsQuery({ after, limit, order })),
        });
      }
      if (request.method === 'GET')
        return send({ status: 200, body: openai.encodeResponse(lastEvent.response) });
      return send(openai.encodeCreated(lastEvent.response));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: 'EMPTY', maxRetries: 0 });
});

afterAll(() => server.close());

const failure: ErrorInfo = { code: 'model_error', message: 'The provider does not answer' };
const noWay: ErrorInfo = { code: 'tool_timeout', message: 'google_search did not answer within 45 s.' };

const runs: Record<string, () => ResponseEvent[]> = {
  text: () => new ScriptedRun().says('Based', ' on', ' recent').ends('completed'),
  'an empty answer': () => new ScriptedRun().speaks([]).ends('completed'),
  'text and refusal in turns': () =>
    new ScriptedRun()
      .speaks([
        { type: 'text', text: 'Well' },
        { type: 'refusal', refusal: 'I ' },
        { type: 'refusal', refusal: 'cannot' },
        { type: 'text', text: 'Sorry' },
      ])
      .ends('completed'),
  refusal: () => new ScriptedRun().refuses('I cannot', ' help').ends('completed'),
  reasoning: () => new ScriptedRun().thinks('Let me', ' think').says('42').ends('completed'),
  'a summary of reasoning': () => new ScriptedRun().sums('Let me', ' think').says('42').ends('completed'),
  'reasoning between texts': () =>
    new ScriptedRun().thinks('Hm').says('Well').thinks('Or').says('No').ends('completed'),
  'reasoning that is not shown': () => new ScriptedRun().thinks().says('42').ends('completed'),
  'parallel functions of the caller': () =>
    new ScriptedRun()
      .says('Let me look')
      .asksCaller(
        { callId: 'call_1' },
        { callId: 'call_2', pieces: [] },
        { callId: 'call_3', pieces: ['{}'] },
      )
      .ends('requires_action'),
  'functions whose arguments come in turns': () =>
    new ScriptedRun()
      .asksInTurns(
        { callId: 'call_1', pieces: ['{"a"', ':1}'] },
        { callId: 'call_2', pieces: ['{}'] },
        { callId: 'call_3', pieces: ['{"c"', ':', '3}'] },
      )
      .ends('requires_action'),
  'a server tool': () =>
    new ScriptedRun()
      .asksServer({ callId: 'call_1' })
      .answers('call_1', 'Sunny')
      .says('It is sunny')
      .ends('completed'),
  'parallel server tools that come back out of order': () =>
    new ScriptedRun()
      .thinks('Two things')
      .asksServer({ callId: 'call_1' }, { callId: 'call_2' }, { callId: 'call_3', pieces: [] })
      .answers('call_3', 'three')
      .answers('call_1', 'one')
      .answers('call_2', noWay.message, noWay)
      .says('Done')
      .ends('completed'),
  'server tools in two turns': () =>
    new ScriptedRun()
      .says('First')
      .asksServer({ callId: 'call_1' })
      .answers('call_1', 'one')
      .says('Second')
      .asksServer({ callId: 'call_2' })
      .answers('call_2', 'two')
      .says('Done')
      .ends('completed'),
  'server tools and functions of the caller in one turn': () =>
    new ScriptedRun()
      .asksCaller({ callId: 'call_1' })
      .asksServer({ callId: 'call_2' })
      .answers('call_2', 'two')
      .ends('requires_action'),
  'a run cut short in a call': () =>
    new ScriptedRun()
      .asksInVain({ callId: 'call_1' }, { code: 'model_error', message: 'This call was not run.' })
      .ends('incomplete', { incompleteReason: 'max_output_tokens' }),
  'a run cut short in its text': () =>
    new ScriptedRun()
      .speaks([{ type: 'text', text: 'It is' }], 'incomplete')
      .ends('incomplete', { incompleteReason: 'content_filter' }),
};

describe.each(Object.entries(runs))('the stock client streams %s', (_name, script) => {
  it('and accumulates the same response that a retrieve returns', async () => {
    world.events = script();
    const stream = client.responses.stream({ model: 'test-model', input: 'Hi' });
    const done: { output_index: number; item: object }[] = [];
    const numbers: number[] = [];
    const events: StreamEvent[] = [];
    for await (const event of stream) {
      events.push(event);
      numbers.push(event.sequence_number);
      if (event.type === 'response.output_item.done') done.push(event);
    }
    const final = await stream.finalResponse();
    const read = await client.responses.retrieve('resp_test');
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(brokenNesting(events)).toEqual([]);
    expect(withoutParsing(final)).toEqual(withoutParsing(read));
    expect(done.map((event) => event.item)).toEqual(read.output);
    expect(done.map((event) => event.output_index)).toEqual(read.output.map((_, index) => index));
  });

  it('and again when it is read as a stream', async () => {
    world.events = script();
    const created = await eventsOf(
      await client.responses.create({ model: 'test-model', input: 'Hi', stream: true }),
    );
    const replayed = await eventsOf(await client.responses.retrieve('resp_test', { stream: true }));
    expect(replayed).toEqual(created);
    const terminal = created.filter(
      (event) => /completed|failed|incomplete/.test(event.type) && 'response' in event,
    );
    expect(terminal).toEqual(created.slice(-1));
  });

  it('and its deltas add up to the finished texts', async () => {
    world.events = script();
    const sums = new Map<string, string>();
    const finals = new Map<string, string>();
    for await (const event of await client.responses.create({
      model: 'test-model',
      input: 'Hi',
      stream: true,
    })) {
      const [, kind, step] = /^response\.(.+)\.(delta|done)$/.exec(event.type) ?? [];
      if (!('item_id' in event) || !kind || kind === 'content_part' || kind === 'reasoning_summary_part')
        continue;
      const key = `${kind} ${event.item_id} ${'content_index' in event ? event.content_index : ''}`;
      if (step === 'delta' && 'delta' in event && typeof event.delta === 'string') {
        sums.set(key, (sums.get(key) ?? '') + event.delta);
      }
      if (step === 'done') finals.set(key, finalTextOf(event));
    }
    for (const [key, final] of finals) expect(sums.get(key) ?? '').toBe(final);
    expect([...finals.keys()]).toEqual(expect.arrayContaining([...sums.keys()]));
  });
});

describe.each([
  ['7', OpenAI],
  ['6', OpenAI6 as unknown as typeof OpenAI], // the parts that are used here are the same
  ['5', OpenAI5 as unknown as typeof OpenAI],
])('version %s of the stock client', (_version, Client) => {
  const error: ErrorInfo = { code: 'rate_limited', message: 'The provider is rate limiting' };
  const request = { model: 'test-model', input: 'Hi' };

  it.each([
    ['before anything', () => new ScriptedRun()],
    ['in a text', () => new ScriptedRun().speaks([{ type: 'text', text: 'It is' }], 'incomplete')],
  ])('throws what failed %s', async (_when, run) => {
    world.events = run().ends('failed', { error });
    const { baseURL } = client;
    const own = new Client({ baseURL, apiKey: 'EMPTY', maxRetries: 0 });
    const thrown = { message: error.message, code: 'rate_limit_exceeded', type: 'rate_limit_error' };
    const created = await own.responses.create({ ...request, stream: true });
    await expect(eventsOf(created)).rejects.toMatchObject(thrown);
    await expect(eventsOf(own.responses.stream(request))).rejects.toMatchObject(thrown);
    const replayed = await own.responses.retrieve('resp_test', { stream: true });
    await expect(eventsOf(replayed)).rejects.toMatchObject(thrown);
    expect(await own.responses.retrieve('resp_test')).toMatchObject({
      status: 'failed',
      error: { code: 'rate_limit_exceeded', message: error.message, reason: 'rate_limit_exceeded' },
    });
  });
});

describe('the stock client', () => {
  it('reads the function calls of a paused run', async () => {
    world.events = runs['parallel functions of the caller']?.() ?? [];
    const response = await client.responses.create({ model: 'test-model', input: 'Hi' });
    expect(response.status).toBe('completed');
    expect(response.output_text).toBe('Let me look');
    expect(
      response.output.filter((item) => item.type === 'function_call').map((call) => call.call_id),
    ).toEqual(['call_1', 'call_2', 'call_3']);
  });

  it('reads the tools that ran, and their outputs', async () => {
    world.events = runs['parallel server tools that come back out of order']?.() ?? [];
    const response = await client.responses.create({ model: 'test-model', input: 'Hi' });
    const calls = response.output.filter((item) => item.type === 'mcp_call');
    expect(calls.map(({ status, output }) => [status, output])).toEqual([
      ['completed', 'one'],
      ['failed', null],
      ['completed', 'three'],
    ]);
    expect(calls[1]?.error).toEqual({
      type: 'mcp_tool_execution_error',
      content: [{ type: 'text', text: noWay.message }],
    });
  });

  it('ends a cancelled stream without an event that it does not know', async () => {
    const run = new ScriptedRun();
    run.beginsMessage([{ type: 'text', text: 'It is' }]);
    world.events = run.ends('cancelled', { cancelledAt: 1 });
    const stream = client.responses.stream({ model: 'test-model', input: 'Hi' });
    expect((await stream.finalResponse()).output_text).toBe('It is');
  });

  it('gets a failed run as its own error', async () => {
    world.events = new ScriptedRun().ends('failed', { error: failure });
    const call = client.responses.create({ model: 'test-model', input: 'Hi' });
    await expect(call).rejects.toMatchObject({ status: 502, code: 'model_error', type: 'model_error' });
  });

  it('does not repeat a run whose tools ran', async () => {
    const response = testResponse({
      status: 'failed',
      error: failure,
      output: [serverCall('call_1')],
    });
    world.events = [{ type: 'response.failed', response }];
    const call = client.responses.create({ model: 'test-model', input: 'Hi' });
    const thrown: unknown = await call.catch((error: unknown) => error);
    if (!(thrown instanceof OpenAI.APIError)) throw new Error('the call succeeded');
    const headers = thrown.headers as Headers; // the client leaves the type of its errors' headers open
    expect(headers.get('x-should-retry')).toBe('false');
  });

  it('pages through the input items', async () => {
    const input = Array.from({ length: 45 }, (_, index) => message(`msg_${index}`, 'user', `${index}`));
    world.events = [{ type: 'response.completed', response: testResponse({ status: 'completed', input }) }];
    const ids: (string | undefined)[] = [];
    for await (const item of client.responses.inputItems.list('resp_test')) ids.push(item.id);
    expect(ids).toEqual(input.map((item) => item.id).reverse());
  });

  it('deletes', async () => {
    world.events = [{ type: 'response.completed', response: testResponse({ status: 'completed' }) }];
    await expect(client.responses.delete('resp_test')).resolves.toMatchObject({
      id: 'resp_test',
      deleted: true,
    });
  });

  it.each([
    [
      new AppError('invalid_request', 'bad'),
      OpenAI.BadRequestError,
      'invalid_request_error',
      'invalid_request',
    ],
    [
      new AppError('unauthenticated', 'Invalid API key'),
      OpenAI.AuthenticationError,
      'authentication_error',
      'invalid_api_key',
    ],
    [new AppError('forbidden', 'no'), OpenAI.PermissionDeniedError, 'permission_error', 'forbidden'],
    [new AppError('not_found', 'no'), OpenAI.NotFoundError, 'not_found', 'not_found'],
    [new AppError('conflict', 'no'), OpenAI.ConflictError, 'invalid_request_error', 'conflict'],
    [new AppError('rate_limited', 'slow'), OpenAI.RateLimitError, 'rate_limit_error', 'rate_limit_exceeded'],
    [new AppError('internal', 'oops'), OpenAI.InternalServerError, 'server_error', 'execution_failed'],
  ])('knows %s', async (error, type, wireType, code) => {
    world.error = error;
    try {
      const failed: unknown = await client.responses.retrieve('resp_test').catch((thrown: unknown) => thrown);
      expect(failed).toBeInstanceOf(type);
      expect(failed).toMatchObject({ type: wireType, code, status: error.status });
    } finally {
      world.error = null;
    }
  });
});

type StreamEvent = OpenAI.Responses.ResponseStreamEvent;

async function eventsOf(stream: AsyncIterable<StreamEvent>): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

function finalTextOf(event: StreamEvent): string {
  if ('text' in event) return event.text;
  if ('refusal' in event) return event.refusal;
  return 'arguments' in event ? event.arguments : '';
}

/** The fields that the client adds to a parsed response. */
function withoutParsing(response: object): unknown {
  return JSON.parse(
    JSON.stringify(response, (key, value: unknown) =>
      key === 'parsed' || key === 'parsed_arguments' || key === 'output_parsed' ? undefined : value,
    ),
  );
}
