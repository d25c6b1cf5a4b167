import { llmModels, llmStream, type ModelDelta } from '@antiphon/contracts';
import { MemoryRpcBus, hang, ScriptedProvider, text, fail } from '@antiphon/service-kit/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from './config.ts';
import { LlmHandler } from './llm.handler.ts';
import { modelRequest } from './providers/__fixtures__/model-request.ts';
import { createProviders } from './providers/create-providers.ts';
import { ModelCatalog } from './routing/model-catalog.ts';
import { ModelRouter } from './routing/model-router.ts';

let server: ScriptedProvider;
let router: ModelRouter;
const bus = new MemoryRpcBus();
const never = new AbortController().signal;

beforeEach(async () => {
  server = await ScriptedProvider.start();
  const config = loadConfig({
    OPENAI_BASE_URL: server.baseUrl,
    PROVIDER_BACKOFF_MIN: '1ms',
    PROVIDER_BACKOFF_MAX: '1ms',
  });
  const providers = createProviders(config);
  router = new ModelRouter(providers, new ModelCatalog(providers, config.models), config.retry);
  new LlmHandler(bus, router).onModuleInit();
});

afterEach(async () => {
  await router.onApplicationShutdown();
  await server.stop();
});

async function ask(model: string, signal = never): Promise<ModelDelta[]> {
  const deltas: ModelDelta[] = [];
  for await (const burst of bus.stream(llmStream, modelRequest('Hi', { model }), signal))
    deltas.push(...burst);
  return deltas;
}

describe('llm.models', () => {
  it('says of one name whether it is served', async () => {
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

  it('tries again while nothing was passed on', async () => {
    server.script = ({ index }) => (index < 2 ? [fail(index === 0 ? 503 : 429)] : [text('Hi')]);
    expect(await ask('scripted-model')).toMatchObject([{ text: 'Hi' }, { type: 'end' }]);
    expect(server.calls).toHaveLength(3);
  });

  it('does not try again what the provider refuses', async () => {
    server.script = () => [fail(400, { message: 'the context is too long' })];
    await expect(ask('scripted-model')).rejects.toMatchObject({
      code: 'model_refused',
      message: 'the context is too long',
    });
    expect(server.calls).toHaveLength(1);
  });

  it('knows which models there are', async () => {
    await expect(ask('jan-v2-30b')).rejects.toMatchObject({ code: 'model_not_found' });
    expect(server.calls).toHaveLength(0);
  });

  it('ends at the provider when whoever asked stops', async () => {
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
