import { once } from 'node:events';
import { brokenNesting } from '@antiphon/dialects/testing';
import { fail, text, toolCall, wait } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import { afterEach, beforeAll, describe, expect } from 'vitest';
import { WebSocket } from 'ws';
import type { AppProcess } from '../system/app-process.ts';
import { textLike } from '../checks/matchers.ts';
import { expectPromptly } from '../checks/promptly.ts';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';
import { ResponsesSocket, type TurnBody } from './responses-socket.ts';

const system = await sharedSystem();
const { provider } = system;
const token = await system.token();
const http = new OpenAI({ baseURL: `${system.url}/v1`, apiKey: token, maxRetries: 0 });

const sockets: ResponsesSocket[] = [];

async function connect(url = system.url, apiKey = token): Promise<ResponsesSocket> {
  const socket = await ResponsesSocket.open(url, apiKey);
  sockets.push(socket);
  return socket;
}

afterEach(async () => {
  await Promise.all(sockets.splice(0).map((socket) => socket.close()));
});

const never = () => wait(new Promise(() => undefined));

describe.each([
  ['through the gateway', () => system.url],
  ['at the service itself', () => system.app('responses').url],
])('the stock socket, %s', (_where, url) => {
  scenario('socket-turn', 'gets the events of a stream as messages', async () => {
    const socket = await connect(url());
    const end = await socket.turn({ input: 'Say hello' });
    expect(end.response).toMatchObject({ status: 'completed', store: true, background: false });
    expect(socket.events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(brokenNesting(socket.events)).toEqual([]);
    const numbers = socket.events.map((event) => 'sequence_number' in event && event.sequence_number);
    expect(numbers).toEqual(numbers.map((_, index) => index));
    const {
      _request_id,
      output_text: _text,
      ...stored
    } = await http.responses.retrieve(end.response?.id ?? '');
    expect(stored).toEqual(end.response);
  });

  scenario('socket-unstored', 'continues a turn that is not stored', async () => {
    const socket = await connect(url());
    const first = await socket.turn({ input: 'One', store: false });
    const second = await socket.turn({
      input: 'Two',
      store: false,
      previous_response_id: first.response?.id,
    });
    expect(second.response).toMatchObject({ status: 'completed', previous_response_id: first.response?.id });
    await socket.turn({ input: 'Three', store: false, previous_response_id: second.response?.id });
    expect(provider.calls.at(-1)?.body.messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'One'],
      ['assistant', 'Hello there.'],
      ['user', 'Two'],
      ['assistant', 'Hello there.'],
      ['user', 'Three'],
    ]);
    await expect(http.responses.retrieve(first.response?.id ?? '')).rejects.toBeInstanceOf(
      OpenAI.NotFoundError,
    );

    const elsewhere = await connect(url());
    const lost = await elsewhere.turn({ input: 'Four', previous_response_id: second.response?.id });
    expect(lost).toMatchObject({
      type: 'error',
      status: 400,
      error: { code: 'previous_response_not_found', param: 'previous_response_id' },
    });
    expect((await elsewhere.turn({ input: 'Anew' })).type).toBe('response.completed');
  });

  scenario('socket-gone', 'aborts its run when it disconnects', async () => {
    provider.script = () => [text('Half'), never()];
    await expectPromptly(async () => {
      const asked = provider.call(provider.calls.length);
      const socket = await connect(url());
      socket.send({ input: 'Something long' });
      const call = await asked;
      const leftAtMs = performance.now();
      void socket.close();
      const closed = await call.closed;
      expect(closed.aborted).toBe(true);
      return closed.atMs - leftAtMs;
    });
  });

  scenario('socket-auth', 'is refused before the upgrade for a caller without access', async () => {
    const refusals = [undefined, 'Bearer nonsense', 'Bearer sk_wrong'].map(async (authorization) => {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const { status, body } = await refused(`${url()}/v1/responses`, headers);
      return [status, (JSON.parse(body) as { error: { code: string } }).error.code];
    });
    expect(await Promise.all(refusals)).toEqual(refusals.map(() => [401, 'invalid_api_key']));
    expect(
      (await refused(`${url()}/v1/responses/nothing`, { authorization: `Bearer ${token}` })).status,
    ).toBe(404);
  });
});

describe('a socket', () => {
  scenario('socket-unstored', 'continues stored turns of any connection', async () => {
    const stored = await http.responses.create({ model: 'gpt-scripted', input: 'One' });
    const socket = await connect();
    const second = await socket.turn({ input: 'Two', store: false, previous_response_id: stored.id });
    await socket.turn({ input: 'Three', previous_response_id: second.response?.id });
    expect(provider.calls.at(-1)?.body.messages.map(({ content }) => content)).toEqual([
      'One',
      'Hello there.',
      'Two',
      'Hello there.',
      'Three',
    ]);
    const foreign = await connect(system.url, await system.token());
    expect(await foreign.turn({ input: 'Two', previous_response_id: stored.id })).toMatchObject({
      error: { code: 'previous_response_not_found' },
    });
  });

  scenario('socket-unstored', 'carries a function call and its output', async () => {
    provider.script = ({ body }) =>
      body.messages.at(-1)?.role === 'tool'
        ? [text('Sunny.')]
        : [toolCall('get_weather', {}, { id: 'call_1' })];
    const tools: TurnBody['tools'] = [
      {
        type: 'function',
        name: 'get_weather',
        parameters: { type: 'object', properties: {} },
        strict: false,
      },
    ];
    const socket = await connect();
    const first = await socket.turn({ input: 'Weather?', store: false, tools });
    const second = await socket.turn({
      input: [{ type: 'function_call_output', call_id: 'call_1', output: 'sunny' }],
      previous_response_id: first.response?.id,
      store: false,
      tools,
    });
    expect(second.response?.output).toMatchObject([{ content: [{ text: 'Sunny.' }] }]);
  });

  scenario('socket-evicts', 'drops the context of a failed turn', async () => {
    const socket = await connect();
    const failures: TurnBody[] = [{ input: 'x', temperature: 7 }, { input: 'fail' }];
    for (const failure of failures) {
      provider.script = ({ userText }) => (userText === 'fail' ? [fail(400)] : [text('Hello')]);
      const { response } = await socket.turn({ input: 'One', store: false });
      const failed = await socket.turn({ ...failure, store: false, previous_response_id: response?.id });
      expect(['error', 'response.failed']).toContain(failed.type);
      expect(await socket.turn({ input: 'Two', previous_response_id: response?.id })).toMatchObject({
        error: { code: 'previous_response_not_found' },
      });
    }
  });

  scenario('socket-one-at-a-time', 'runs its turns one after the other', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    provider.script = ({ userText }) => [text(userText), ...(userText === 'One' ? [wait(held)] : [])];
    const socket = await connect();
    const before = provider.calls.length;
    for (const input of ['One', 'Two', 'Three']) socket.send({ input });
    await provider.call(before);
    expect(provider.calls.length).toBe(before + 1);
    release();
    const outputs = [await socket.ended(), await socket.ended(), await socket.ended()].map(
      ({ response }) => response?.output,
    );
    expect(outputs).toMatchObject(['One', 'Two', 'Three'].map((text) => [{ content: [{ text }] }]));
    const starts = socket.events.flatMap(({ type }, index) => (type === 'response.created' ? [index] : []));
    const ends = socket.events.flatMap(({ type }, index) => (type === 'response.completed' ? [index] : []));
    expect(starts.slice(1).every((start, turn) => start > (ends[turn] ?? Infinity))).toBe(true);
  });

  scenario('socket-one-at-a-time', 'is closed at the end of its turn if too many turns wait', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    provider.script = () => [text('Hello'), wait(held)];
    const socket = await connect();
    for (let turn = 0; turn < 8; turn++) socket.send({ input: 'x' });
    await expect
      .poll(() => socket.events.some(({ type }) => type === 'response.output_text.delta'))
      .toBe(true);
    release();
    expect((await socket.ended()).type).toBe('response.completed');
    expect(await socket.ended()).toMatchObject({ status: 429, error: { code: 'rate_limit_exceeded' } });
    expect(await socket.closed).toBe(1008);
  });

  scenario('socket-http-fields', 'refuses fields of HTTP requests', async () => {
    const socket = await connect();
    const fields: TurnBody = {
      stream: false,
      stream_options: { include_obfuscation: false },
      background: false,
    };
    for (const [param, value] of Object.entries(fields)) {
      expect(await socket.turn({ input: 'x', [param]: value })).toMatchObject({
        type: 'error',
        status: 400,
        error: { type: 'invalid_request_error', param },
      });
    }
  });

  scenario('socket-errors', 'reports a bad message, and continues', async () => {
    const socket = await connect();
    for (const message of ['', 'hello', '{"type":', '[]', 'null', '7', '{}', `${'['.repeat(5_000)}`]) {
      socket.stock.sendRaw(message);
      expect([message, await socket.ended()]).toMatchObject([message, { type: 'error', status: 400 }]);
    }
    expect(await socket.turn({ input: 'x', type: 'session.update' })).toMatchObject({
      error: { param: 'type' },
    });
    expect(await socket.turn({ input: 'x', model: 'no-such-model' })).toMatchObject({
      type: 'error',
      status: 400,
      error: { param: 'model' },
    });
    provider.script = () => [fail(400, { message: 'too long' })];
    expect(await socket.turn({ input: 'x' })).toMatchObject({
      type: 'response.failed',
      response: { error: { message: textLike(/too long/) } },
    });
    provider.script = () => [text('Well.')];
    expect((await socket.turn({ input: 'x' })).type).toBe('response.completed');
  });

  scenario('socket-errors', 'gets an error when its turn is cancelled', async () => {
    provider.script = () => [text('Half'), never()];
    const socket = await connect();
    socket.send({ input: 'x' });
    await expect
      .poll(() => socket.events.some(({ type }) => type === 'response.output_text.delta'))
      .toBe(true);
    const [created] = socket.events as { response: OpenAI.Responses.Response }[];
    const answer = await fetch(`${system.url}/v1/responses/${created?.response.id}/cancel`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(200);
    expect(await socket.ended()).toMatchObject({ type: 'error', error: { code: 'cancelled' } });
  });

  scenario(
    'socket-bounds',
    'accepts large messages, and is closed by larger ones than the limit',
    async () => {
      const socket = await connect();
      expect((await socket.turn({ input: 'x'.repeat(1024 * 1024), truncation: 'auto' })).type).toBe(
        'response.completed',
      );
      socket.send({ input: 'x'.repeat(9 * 1024 * 1024) });
      expect(await socket.closed).toBe(1009);
      const binary = await connect();
      binary.stock.socket.platformSocket.send(Buffer.from('{}'), { binary: true });
      expect(await binary.closed).toBe(1003);
    },
  );
});

describe('a service with small bounds', () => {
  let shortLived: AppProcess;
  let strict: AppProcess;

  beforeAll(async () => {
    [shortLived, strict] = await Promise.all([
      system.startAnother('responses', system.limits({ websockets: { lifetime: '1500ms' } })),
      system.startAnother(
        'responses',
        system.limits({ websockets: { heartbeat: '500ms', connections_max: 2 } }),
      ),
    ]);
    return () => Promise.all([shortLived.stop(), strict.stop()]);
  });

  scenario('socket-lifetime', 'closes connections at their maximum age, after their turn', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    provider.script = () => [text('Hello'), wait(held)];
    const busy = await connect(shortLived.url);
    busy.send({ input: 'x' });
    // The younger connection reaches its age later.
    const idle = await connect(shortLived.url);
    expect(await idle.ended()).toMatchObject({
      type: 'error',
      status: 400,
      error: { code: 'websocket_connection_limit_reached' },
    });
    await idle.closed;
    release();
    expect((await busy.ended()).type).toBe('response.completed');
    expect((await busy.ended()).error?.code).toBe('websocket_connection_limit_reached');
    await busy.closed;
  });

  scenario('socket-bounds', 'closes silent connections', async () => {
    const options = { headers: { authorization: `Bearer ${token}` }, autoPong: false };
    const silent = new WebSocket(`${strict.url}/v1/responses`, options);
    const [code] = (await once(silent, 'close')) as [number];
    expect(code).toBe(1006);
  });

  scenario('socket-bounds', 'refuses connections over its limit', async () => {
    await Promise.all([connect(strict.url), connect(strict.url)]);
    const answer = await refused(`${strict.url}/v1/responses`, { authorization: `Bearer ${token}` });
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, textLike(/^\d+$/)]);
  });
});

scenario('socket-shutdown', 'a service that stops closes with 1001, after the turn under way', async () => {
  const service = await system.startAnother('responses');
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  provider.script = () => [text('Hello'), wait(held)];
  const idle = await connect(service.url);
  const busy = await connect(service.url);
  busy.send({ input: 'x' });
  await expect.poll(() => busy.events.some(({ type }) => type === 'response.output_text.delta')).toBe(true);
  const stopped = service.stop();
  expect(await idle.closed).toBe(1001);
  release();
  expect((await busy.ended()).type).toBe('response.completed');
  expect(await busy.closed).toBe(1001);
  await stopped;
});

/** Sends a handshake that gets an HTTP reply. */
async function refused(url: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(url, { headers });
  socket.on('error', () => undefined);
  const [, answer] = (await once(socket, 'unexpected-response')) as [
    unknown,
    import('node:http').IncomingMessage,
  ];
  let body = '';
  for await (const chunk of answer) body += String(chunk);
  return { status: answer.statusCode, headers: answer.headers, body };
}
