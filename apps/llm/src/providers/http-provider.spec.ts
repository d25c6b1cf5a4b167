import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { AppError, type ModelDelta } from '@antiphon/contracts';
import {
  chunk,
  cut,
  end,
  hang,
  raw,
  reasoning,
  ScriptedProvider,
  text,
  toolCall,
  usage,
  wait,
} from '@antiphon/service-kit/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerTo } from './__fixtures__/answer-to.ts';
import { connectTo } from './__fixtures__/connect.ts';
import { modelRequest } from './__fixtures__/model-request.ts';
import { deltasOf, type Script } from './__fixtures__/scripted-answer.ts';
import { bearer, noAuthorization } from './auth/authorizer.ts';
import type { HttpProvider, HttpProviderOptions } from './http-provider.ts';

let server: ScriptedProvider;
let provider: HttpProvider;

const connect = (options: Partial<HttpProviderOptions> = {}) =>
  connectTo(server.baseUrl, { authorizer: bearer('secret-key'), ...options });

beforeEach(async () => {
  server = await ScriptedProvider.start();
  provider = connect();
});

afterEach(async () => {
  await provider.close();
  await server.stop();
});

const never = new AbortController().signal;

const ask = (script: Script, from = provider) => deltasOf(server, from, script);

describe('an answer', () => {
  it('comes as deltas with an end', async () => {
    expect(
      await ask([
        reasoning('Hm'),
        text('Hel', 'lo'),
        toolCall('search', { q: 'x' }),
        usage({ prompt_tokens: 3, completion_tokens: 2 }),
      ]),
    ).toEqual([
      {
        type: 'reasoning_origin',
        origin: { provider: new URL(server.baseUrl).host, field: 'reasoning_content' },
      },
      { type: 'reasoning', text: 'Hm' },
      { type: 'text', text: 'Hel' },
      { type: 'text', text: 'lo' },
      { type: 'call', call: 0, callId: 'call_search', name: 'search' },
      { type: 'arguments', call: 0, text: '{"q":' },
      { type: 'arguments', call: 0, text: '"x"}' },
      {
        type: 'end',
        finishReason: 'tool_calls',
        usage: {
          inputTokens: 3,
          outputTokens: 2,
          totalTokens: 5,
          cachedInputTokens: 0,
          reasoningTokens: 0,
          raw: { prompt_tokens: 3, completion_tokens: 2 },
        },
        model: 'test-model',
      },
    ]);
  });

  it('is always requested as a stream with usage, with the key', async () => {
    await ask([text('Hi')]);
    const { body, headers } = await server.call(0);
    expect(body).toMatchObject({
      model: 'test-model',
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(headers.authorization).toBe('Bearer secret-key');
  });

  it('is requested without authorization from servers without a key', async () => {
    const keyless = connect({ authorizer: noAuthorization });
    await ask([text('Hi')], keyless);
    await keyless.listModels(never);
    await keyless.close();
    expect((await server.call(0)).headers.authorization).toBeUndefined();
  });

  it('comes in bursts: pieces that arrive together stay together', async () => {
    const gate = Promise.withResolvers<void>();
    server.script = () => [
      raw(
        'data: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: {"choices":[{"delta":{"content":"b"}}]}\n\n',
      ),
      wait(gate.promise),
      text('c'),
    ];
    const bursts = provider.stream(modelRequest('Hi'), never)[Symbol.asyncIterator]();
    expect((await bursts.next()).value).toEqual([
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ]);
    gate.resolve();
    expect((await bursts.next()).value?.[0]).toEqual({ type: 'text', text: 'c' });
  });

  it('survives characters that are cut in the middle', async () => {
    const bytes = Buffer.from('data: {"choices":[{"delta":{"content":"añ🎉"},"finish_reason":"stop"}]}\n\n');
    const server2 = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n');
        let at = 0;
        const next = () =>
          at < bytes.length ? socket.write(bytes.subarray(at, ++at), () => setImmediate(next)) : socket.end();
        next();
      });
    }).listen(0, '127.0.0.1');
    await once(server2, 'listening');
    const other = connect({ baseUrl: `http://127.0.0.1:${(server2.address() as AddressInfo).port}/v1` });
    const deltas = await answerTo(other, modelRequest('Hi'));
    expect(deltas[0]).toEqual({ type: 'text', text: 'añ🎉' });
    await other.close();
    server2.close();
  });

  it('may be one JSON body of a server that does not stream', async () => {
    const body = {
      model: 'm',
      choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: 1 },
    };
    expect(await ask([{ do: 'fail', status: 200, body, headers: {} }])).toMatchObject([
      { type: 'text', text: 'Hi' },
      { type: 'end', model: 'm' },
    ]);
  });

  it('is complete without usage and without [DONE], even if the connection breaks afterwards', async () => {
    const last = chunk({ delta: { content: 'Hi' }, finish_reason: 'stop' });
    const whole = [{ type: 'text' }, { type: 'end', usage: { outputTokens: 1 } }];
    expect(await ask([last, end()])).toMatchObject(whole);
    expect(await ask([last, cut()])).toMatchObject(whole);
  });

  it('releases its connection for further requests', async () => {
    for (let i = 0; i < 5; i++) await ask([text('Hi')]);
    // An answer is over at [DONE], a moment before its connection is free.
    expect(new Set(server.calls.map((call) => call.clientPort)).size).toBeLessThanOrEqual(2);
  });
});

describe('an answer that is gathered', () => {
  const gathered = { ...modelRequest('Hi'), gather: true };

  async function burstsOf(script: Script): Promise<ModelDelta[][]> {
    server.script = () => script;
    const bursts: ModelDelta[][] = [];
    for await (const burst of provider.stream(gathered, never)) bursts.push(burst);
    return bursts;
  }

  it('comes in one burst, with adjacent deltas as one', async () => {
    const slowly = ['It ', 'is ', 'sunny.'].flatMap((word) => [...text(word), wait(30)]);
    expect(await burstsOf([slowly, toolCall('search', { q: 'x' })])).toEqual([
      [
        { type: 'text', text: 'It is sunny.' },
        expect.objectContaining({ type: 'call', call: 0 }),
        { type: 'arguments', call: 0, text: '{"q":"x"}' },
        expect.objectContaining({ type: 'end', finishReason: 'tool_calls' }),
      ],
    ]);
  });

  it('brings what came before an error, then the error', async () => {
    server.script = () => [text('Half ', 'said'), cut()];
    const answer = provider.stream(gathered, never)[Symbol.asyncIterator]();
    expect(await answer.next()).toEqual({ done: false, value: [{ type: 'text', text: 'Half said' }] });
    await expect(answer.next()).rejects.toMatchObject({ code: 'model_error' });
  });

  it('brings what is older than a second although the provider goes on', async () => {
    server.script = () => [text('First '), hang()];
    const stop = new AbortController();
    const answer = provider.stream(gathered, stop.signal)[Symbol.asyncIterator]();
    expect(await answer.next()).toEqual({ done: false, value: [{ type: 'text', text: 'First ' }] });
    const rest = answer.next();
    stop.abort(new AppError('cancelled', 'gone'));
    await expect(rest).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('is asked for as one JSON body where the operator says so', async () => {
    await provider.close();
    provider = connect({ streams: 'when_read' });
    expect(await burstsOf([text('Hel', 'lo'), usage({ prompt_tokens: 3, completion_tokens: 2 })])).toEqual([
      [
        { type: 'text', text: 'Hello' },
        expect.objectContaining({
          type: 'end',
          usage: expect.objectContaining({ totalTokens: 5 }) as unknown,
        }),
      ],
    ]);
    expect(server.calls[0]).toMatchObject({
      body: { stream: false },
      headers: { accept: 'application/json' },
    });
    expect(server.calls[0]?.body).not.toHaveProperty('stream_options');
    await ask([text('Hi')]);
    expect(server.calls[1]?.body).toMatchObject({ stream: true });
  });

  it('loses nothing of a long answer', async () => {
    const bursts = await burstsOf([text(...Array.from({ length: 5 }, () => 'x'.repeat(1024 * 150)))]);
    expect(bursts.flat().filter(({ type }) => type === 'end')).toHaveLength(1);
    expect(
      bursts
        .flat()
        .map((delta) => (delta.type === 'text' ? delta.text : ''))
        .join(''),
    ).toHaveLength(5 * 1024 * 150);
  });
});

describe('a stalled reader', () => {
  it('slows the provider down, and loses nothing', async () => {
    const piece = 'x'.repeat(100);
    const count = 20_000;
    server.script = () => [text(...Array.from({ length: count }, () => piece))];
    const patient = connect({ answerBytesMax: 100_000_000 });
    const bursts = patient.stream(modelRequest('Hi'), never);
    const first = await bursts[Symbol.asyncIterator]().next();
    await new Promise((resolve) => setImmediate(resolve));
    let received = first.value?.length ?? 0;
    for await (const burst of bursts) {
      // One read of the socket holds some 300 pieces; a burst is never much larger than the limit of waiting pieces.
      expect(burst.length).toBeLessThan(2_000);
      received += burst.length;
    }
    expect(received).toBe(count + 1);
    await patient.close();
  });
});

/** The list of a provider that answers everything with this body. */
async function listOf(status: number, body: string) {
  const plain = createHttpServer((_request, response) => void response.writeHead(status).end(body)).listen(
    0,
    '127.0.0.1',
  );
  await once(plain, 'listening');
  const other = connect({ baseUrl: `http://127.0.0.1:${(plain.address() as AddressInfo).port}/v1` });
  try {
    return await other.listModels(never);
  } finally {
    await other.close();
    plain.close();
  }
}

describe('listModels', () => {
  it("returns the provider's list", async () => {
    server.models = ['one', 'two/three'];
    expect(await provider.listModels(never)).toEqual([
      { id: 'one', createdAt: 1 },
      { id: 'two/three', createdAt: 1 },
    ]);
  });

  it('fails where the answer is no list', async () => {
    for (const body of ['<html>', '{"data":{}}', 'null'])
      await expect(listOf(200, body)).rejects.toMatchObject({
        message: expect.stringContaining('no list') as string,
      });
    await expect(listOf(429, '{"error":{"message":"slow, secret-key"}}')).rejects.toMatchObject({
      code: 'rate_limited',
      message: expect.stringContaining('slow, [removed]') as string,
    });
  });

  it('fails where the provider has no list', async () => {
    server.models = null;
    await expect(provider.listModels(never)).rejects.toBeInstanceOf(AppError);
    await expect(provider.listModels(AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
    const nowhere = connect({ baseUrl: 'http://127.0.0.1:1/v1' });
    await expect(nowhere.listModels(never)).rejects.toMatchObject({ code: 'unavailable' });
    await nowhere.close();
  });
});

describe('embed', () => {
  it('fails where the vectors are larger than any', async () => {
    server.embed = () => [Array.from({ length: 100_000 }, () => 0.12345)];
    const asked = provider.embed({ model: 'm', input: ['Hi'], dimensions: null }, never);
    await expect(asked).rejects.toMatchObject({
      code: 'model_error',
      message: expect.stringContaining('bytes') as string,
    });
  });
});
