import { AppError } from '@antiphon/contracts';
import {
  chunk,
  cut,
  end,
  fail,
  finish,
  hang,
  raw,
  reasoning,
  ScriptedProvider,
  text,
  wait,
} from '@antiphon/service-kit/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectTo } from './__fixtures__/connect.ts';
import { modelRequest } from './__fixtures__/model-request.ts';
import { deltasOf, errorOf, type Script } from './__fixtures__/scripted-answer.ts';
import { bearer } from './auth/authorizer.ts';
import { isTransient } from './errors/provider-errors.ts';
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
const failOf = (script: Script, from = provider) => errorOf(server, from, script);

describe('a failure', () => {
  it.each([
    ['ends without a finish reason', [text('half'), end()]],
    ['says nothing before [DONE]', [reasoning('Hm'), finish(null)]],
    ['says that it was given up', [text('half'), finish('abort')]],
    ['is cut', [text('half'), cut()]],
    ['is cut after empty finish reasons', [chunk({ delta: { content: 'half' }, finish_reason: '' }), cut()]],
    ['is empty', [end()]],
    ['is complete without content', [finish('stop')]],
    ['has thoughts only', [reasoning('Hm'), finish('stop')]],
    ['holds what is not JSON', [raw('data: {"choices":\n\n')]],
    ['goes silent', [text('half'), hang()]],
  ])('is an answer that %s', async (_what, script) => {
    const quick = connect({ silenceTimeoutMs: 150 });
    expect(await failOf(script, quick)).toMatchObject({ code: 'model_error' });
    await quick.close();
  });

  it('is an answer that never begins', async () => {
    const quick = connect({ firstByteTimeoutMs: 150 });
    const error = await failOf([hang()], quick);
    expect(error).toMatchObject({ code: 'model_error', message: 'The provider scripted went silent' });
    expect(isTransient(error)).toBe(false);
    await quick.close();
  });

  it('is a silence beyond the limit of the model', async () => {
    const patient = connect({
      firstByteTimeoutMs: 150,
      silenceTimeoutMs: 150,
      silenceByModel: [{ names: /^test-/, timeoutMs: 5_000 }],
    });
    expect(await ask([wait(1_400), text('Hm'), wait(1_400), text('So.')], patient)).toHaveLength(3);
    await patient.close();
    const hasty = connect({ silenceByModel: [{ names: /^test-/, timeoutMs: 150 }] });
    expect(await failOf([hang()], hasty)).toMatchObject({ message: 'The provider scripted went silent' });
    await hasty.close();
  });

  it('is an answer that is too large, and its socket is closed', async () => {
    const small = connect({ answerBytesMax: 1_000 });
    expect(await failOf([text('x'.repeat(5_000)), hang()], small)).toMatchObject({ code: 'model_error' });
    expect((await (await server.call(0)).closed).aborted).toBe(true);
    await small.close();
  });

  it('is a provider that cannot be reached', async () => {
    const nowhere = connect({ baseUrl: 'http://127.0.0.1:1/v1' });
    const error = await failOf([], nowhere);
    expect(error).toMatchObject({ code: 'unavailable', message: 'The provider scripted cannot be reached' });
    expect(isTransient(error)).toBe(true);
    await nowhere.close();
  });

  it.each([
    [400, 'context is too long', null, 'context_too_long', 'context is too long'],
    [400, 'unknown field', null, 'model_refused', 'unknown field'],
    [400, 'no rights with secret-key', null, 'model_refused', 'no rights with [removed]'],
    [413, 'too large', null, 'model_refused', 'too large'],
    [422, 'bad field', null, 'model_refused', 'bad field'],
    [
      404,
      'The model `x` does not exist',
      'model_not_found',
      'model_not_found',
      'The model `x` does not exist',
    ],
    [400, 'x is not a valid model ID', 'invalid_model', 'model_not_found', 'x is not a valid model ID'],
    [
      401,
      'Incorrect API key: secret-key',
      null,
      'model_error',
      "The provider scripted did not accept this server's credentials",
    ],
    [
      403,
      'your org is not allowed',
      null,
      'model_error',
      "The provider scripted did not accept this server's credentials",
    ],
    [
      402,
      'pay your bill',
      null,
      'quota_exhausted',
      "The account of this server's operator at the provider scripted has no credit or quota left",
    ],
    [500, 'no memory', null, 'model_error', 'The provider scripted failed with status 500: no memory'],
  ])('with status %i "%s" blames the right side', async (status, said, code, expected, message) => {
    const error = await failOf([fail(status, { message: said, code })]);
    expect(error).toMatchObject({ code: expected, message });
    expect(isTransient(error)).toBe(status >= 500);
  });

  it('with status 429 says when to retry', async () => {
    const error = await failOf([fail(429, { headers: { 'retry-after': '7' } })]);
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: 7_000 });
    expect(isTransient(error)).toBe(true);
  });

  it('passes on a bounded sentence of any form of error', async () => {
    expect((await failOf([fail(400, { message: 'x'.repeat(9_000) })])).message.length).toBeLessThan(600);
    expect(await failOf([fail(400, { body: { detail: 'a\nb' } })])).toMatchObject({ message: 'a b' });
    expect(await failOf([fail(404, { body: { error: 'model "x" not found' } })])).toMatchObject({
      code: 'model_not_found',
    });
    expect(await failOf([fail(404, { body: '404 page not found' })])).toMatchObject({ code: 'model_error' });
    expect(await failOf([fail(500, { body: '<html>nginx</html>' })])).toMatchObject({ code: 'model_error' });
  });

  it('is a page of a web server, and an error where the path is wrong', async () => {
    const page = '<!doctype html><html><head><title>Welcome</title></head></html>';
    for (const script of [
      [{ do: 'fail', status: 200, body: page, headers: { 'content-type': 'text/html' } } as const],
      [fail(200, { body: { error: 'Unexpected endpoint or method. (POST /chat/completions)' } })],
      [fail(404, { body: { detail: 'Not Found' } })],
    ])
      expect(await failOf(script)).toMatchObject({
        code: 'model_error',
        message: expect.stringContaining('OPENAI_BASE_URL') as string,
      });
  });
});

describe('an abort', () => {
  it.each([
    ['before the headers', [hang()]],
    ['in the middle', [text('Hel'), hang()]],
  ])('%s closes the socket of the provider at once', async (_when, script) => {
    server.script = () => script;
    // Nothing but the abort ends it within the time of the test.
    const patient = connect({ firstByteTimeoutMs: 600_000, silenceTimeoutMs: 600_000 });
    const abort = new AbortController();
    const bursts = patient.stream(modelRequest('Hi'), abort.signal)[Symbol.asyncIterator]();
    const call = await server.call(0);
    if (script.length > 1) await bursts.next();
    const waiting = bursts.next();
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    expect((await call.closed).aborted).toBe(true);
    await patient.close();
  });

  it('before the request is sent reaches no provider', async () => {
    const reason = new AppError('run_timeout', 'The run took too long');
    const bursts = provider.stream(modelRequest('Hi'), AbortSignal.abort(reason))[Symbol.asyncIterator]();
    await expect(bursts.next()).rejects.toBe(reason);
    expect(server.calls).toHaveLength(0);
  });

  it('of the reader closes the socket too', async () => {
    server.script = () => [text('Hel'), hang()];
    for await (const burst of provider.stream(modelRequest('Hi'), never)) {
      expect(burst).toHaveLength(1);
      break;
    }
    expect((await (await server.call(0)).closed).aborted).toBe(true);
  });
});
