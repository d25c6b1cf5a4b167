import { llmModels, llmStream, type ModelDelta } from '@antiphon/contracts';
import { Egress } from '@antiphon/service-kit';
import {
  end,
  event,
  fail,
  finish,
  hang,
  MemoryBus,
  raw,
  ScriptedProvider,
  serve,
  text,
} from '@antiphon/service-kit/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../config.ts';
import { LlmHandler } from './llm.handler.ts';
import { modelRequest } from '../providers/__fixtures__/model-request.ts';
import { createProviderSet } from '../providers/create-providers.ts';
import type { ProviderSet } from '../providers/provider-set.ts';
import { ModelHealth } from '../routing/health/model-health.ts';
import { ModelCatalog } from '../routing/model-catalog.ts';
import { ModelRouter } from '../routing/model-router.ts';

let server: ScriptedProvider;
let providers: ProviderSet;
let router: ModelRouter;
let egress: Egress;
let warnings: unknown[];
const bus = new MemoryBus();
const never = new AbortController().signal;

beforeEach(async () => {
  server = await ScriptedProvider.start();
  const config = loadConfig(
    { OPENAI_BASE_URL: server.baseUrl },
    { providers: { backoff_min: '1ms', backoff_max: '1ms' } },
  );
  egress = new Egress(config.egress, 'links');
  const quiet = () => undefined;
  providers = await createProviderSet(config, egress, { info: quiet, warn: quiet, error: quiet });
  warnings = [];
  const logger = { warn: (line: unknown) => void warnings.push(line) };
  const catalog = new ModelCatalog(providers.current, config.models);
  router = new ModelRouter(providers.current, catalog, new ModelHealth(config.health), config.attempts, {
    logger,
  });
  serve(bus, new LlmHandler(router));
});

afterEach(async () => {
  await providers.onApplicationShutdown();
  await egress.close();
  await server.stop();
});

async function ask(model: string, signal = never): Promise<ModelDelta[]> {
  const deltas: ModelDelta[] = [];
  for await (const burst of bus.stream(llmStream, modelRequest('Hi', { model }), signal))
    deltas.push(...burst);
  return deltas;
}

describe('llm.models', () => {
  it('reports whether a name is served', async () => {
    const known = bus.call(llmModels, { named: 'openai/scripted-model' }, 1_000);
    expect(await known).toEqual({ models: [] });
    await expect(bus.call(llmModels, { named: 'no-such-model' }, 1_000)).rejects.toMatchObject({
      code: 'model_not_found',
    });
  });
});

describe('llm.stream', () => {
  it('streams the answer of the provider', async () => {
    expect(await ask('openai/scripted-model')).toMatchObject([
      { type: 'text', text: 'Hello' },
      { type: 'text', text: ' from' },
      { type: 'text', text: ' the' },
      { type: 'text', text: ' provider.' },
      { type: 'end', finishReason: 'stop', model: 'scripted-model', usage: { totalTokens: 15 } },
    ]);
  });

  it('retries while nothing was passed on', async () => {
    server.script = ({ index }) => (index < 2 ? [fail(index === 0 ? 503 : 429)] : [text('Hi')]);
    expect(await ask('scripted-model')).toMatchObject([{ text: 'Hi' }, { type: 'end' }]);
    expect(server.calls).toHaveLength(3);
  });

  it.each([
    ['a timeout of the provider', fail(408)],
    ['a conflict', fail(409)],
    ['a tool call that the provider could not read', fail(400, { code: 'tool_use_failed' })],
  ])('tries again after %s', async (_what, failure) => {
    server.script = ({ index }) => (index === 0 ? [failure] : [text('Hi')]);
    expect(await ask('scripted-model')).toMatchObject([{ text: 'Hi' }, { type: 'end' }]);
    expect(server.calls).toHaveLength(2);
  });

  it.each([
    ['an event', event({ error: { type: 'rate_limit_error', message: 'slow down' } })],
    ['an event of its own name', raw('event: error\ndata: {"type":"overloaded_error","message":"busy"}\n\n')],
    ['a line', raw('error: {"code":503,"message":"Loading model","type":"unavailable_error"}\n\n')],
    ['a body without a content type', raw('{"error":{"type":"server_error","message":"sorry"}}')],
    ['an object that is an error', event({ object: 'error', message: 'sorry', code: 500 })],
    ['an answer that was given up', finish('MALFORMED_FUNCTION_CALL')],
    ['an answer without content', finish('')],
  ])('tries again after an error inside a 200: %s', async (_what, failure) => {
    server.script = ({ index }) => [
      index === 0 ? [failure, ...(failure.do === 'finish' ? [] : [end()])] : text('Hi'),
    ];
    expect(await ask('scripted-model')).toMatchObject([{ text: 'Hi' }, { type: 'end' }]);
    expect(server.calls).toHaveLength(2);
  });

  it('does not retry a refusal inside a 200', async () => {
    server.script = () => [event({ error: { type: 'invalid_request_error', message: 'bad input' } }), end()];
    await expect(ask('scripted-model')).rejects.toMatchObject({
      code: 'model_refused',
      message: 'bad input',
    });
    expect(server.calls).toHaveLength(1);
  });

  it('reads events and JSON regardless of the content type', async () => {
    const body = JSON.stringify({ choices: [{ message: { content: 'Hi' } }] });
    server.script = () => [raw(`\n ${body}`), end()];
    expect(await ask('scripted-model')).toMatchObject([
      { text: 'Hi' },
      { type: 'end', finishReason: 'stop' },
    ]);
  });

  it.each([
    ['what the provider refuses', fail(400, { message: 'the value is wrong' }), 'model_refused'],
    ['an account without credit', fail(429, { code: 'insufficient_quota' }), 'quota_exhausted'],
    ['a wrong address', fail(404, { body: { detail: 'Not Found' } }), 'model_error'],
    ['a wait that is too long', fail(503, { headers: { 'retry-after': '120' } }), 'model_overloaded'],
  ])('does not try again after %s', async (_what, failure, code) => {
    server.script = () => [failure];
    await expect(ask('scripted-model')).rejects.toMatchObject({ code });
    expect(server.calls).toHaveLength(1);
  });

  it('logs failures that the operator has to fix, in the words of the provider', async () => {
    server.script = () => [fail(401, { message: 'This key has expired' })];
    await expect(ask('scripted-model')).rejects.not.toMatchObject({
      message: expect.stringContaining('key') as string,
    });
    server.script = () => [fail(400, { message: 'the value is wrong' })];
    await expect(ask('scripted-model')).rejects.toBeDefined();
    expect(warnings).toEqual([
      {
        provider: 'openai',
        model: 'scripted-model',
        code: 'model_error',
        status: 401,
        reply: 'This key has expired',
      },
    ]);
  });

  it('lists the models of the provider', async () => {
    await expect(ask('jan-v2-30b')).rejects.toMatchObject({ code: 'model_not_found' });
    expect(server.calls).toHaveLength(0);
  });

  it('ends at the provider when the caller stops', async () => {
    server.script = () => [text('Hel'), hang()];
    const abort = new AbortController();
    const asked = ask('scripted-model', abort.signal);
    const call = await server.call(0);
    abort.abort();
    await expect(asked).rejects.toBeDefined();
    expect((await call.closed).aborted).toBe(true);
  });
});

describe('llm.models', () => {
  it('lists the models', async () => {
    expect(await bus.call(llmModels, {}, 1_000)).toEqual({
      models: [{ id: 'scripted-model', provider: 'openai', createdAt: 1, isDefault: true }],
    });
  });
});
