import Anthropic from '@anthropic-ai/sdk';
import { createLogger, type RunningService, startService } from '@antiphon/service-kit';
import { MemoryBus, ScriptedProvider } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { llmService } from '../service.ts';

let provider: ScriptedProvider;
let service: RunningService;
let anthropic: Anthropic;

beforeAll(async () => {
  provider = await ScriptedProvider.start();
  provider.models = ['claude-sonnet-4-5', 'gpt-4.1-mini', 'lab/one:8b'];
  const definition = llmService({
    PORT: '0',
    AUTH_ANONYMOUS: 'true',
    LOG_LEVEL: 'silent',
    OPENAI_BASE_URL: provider.baseUrl,
  });
  service = await startService(definition, new MemoryBus(), createLogger('llm', 'silent'));
  anthropic = new Anthropic({ baseURL: service.url, apiKey: 'EMPTY', maxRetries: 0, logLevel: 'off' });
});

afterAll(async () => {
  await service.stop();
  await provider.stop();
});

describe("the list of models for Anthropic's SDK", () => {
  it('has every model, with its flags', async () => {
    const page = await anthropic.models.list();
    expect(page).toMatchObject({ has_more: false, first_id: 'claude-sonnet-4-5', last_id: 'lab/one:8b' });
    expect(page.data).toMatchObject([
      {
        type: 'model',
        id: 'claude-sonnet-4-5',
        display_name: 'claude-sonnet-4-5',
        created_at: '1970-01-01T00:00:01.000Z',
        lifecycle: 'active',
        line: 'sonnet',
        capabilities: {
          image_input: { supported: true },
          structured_outputs: { supported: true },
          thinking: { supported: true, types: { enabled: { supported: true } } },
          batch: { supported: false },
        },
      },
      {
        id: 'gpt-4.1-mini',
        line: null,
        capabilities: { thinking: { supported: false }, effort: { low: { supported: false } } },
      },
      { id: 'lab/one:8b', capabilities: null, max_tokens: null, max_input_tokens: null },
    ]);
  });

  it('has pages, forwards and backwards', async () => {
    const ids: string[] = [];
    for await (const { id } of anthropic.models.list({ limit: 1 })) ids.push(id);
    expect(ids).toEqual(['claude-sonnet-4-5', 'gpt-4.1-mini', 'lab/one:8b']);
    const before = await anthropic.models.list({ limit: 1, before_id: 'lab/one:8b' });
    expect(before).toMatchObject({ has_more: true, data: [{ id: 'gpt-4.1-mini' }] });
  });

  it('refuses a wrong page in its shape', async () => {
    for (const query of ['limit=0', 'limit=x', 'limit=1001', 'after_id=none']) {
      const answer = await fetch(`${service.url}/v1/models?${query}`, {
        headers: { 'anthropic-version': '2023-06-01', 'x-request-id': 'req-1' },
      });
      expect([query, answer.status, answer.headers.get('request-id')]).toEqual([query, 400, 'req-1']);
      expect(await answer.json()).toMatchObject({
        type: 'error',
        error: {
          type: 'invalid_request_error',
          message: expect.stringContaining(query.split('=')[0] ?? '') as string,
        },
        request_id: 'req-1',
      });
    }
  });
});

describe("a model for Anthropic's SDK", () => {
  it('is found by its name, also with slashes and colons', async () => {
    expect(await anthropic.models.retrieve('lab/one:8b')).toMatchObject({ type: 'model', id: 'lab/one:8b' });
    expect(await anthropic.models.retrieve('openai/gpt-4.1-mini')).toMatchObject({
      id: 'openai/gpt-4.1-mini',
    });
  });

  it('is not found in its shape', async () => {
    await expect(anthropic.models.retrieve('unknown')).rejects.toMatchObject({
      constructor: Anthropic.NotFoundError,
      error: { type: 'error', error: { type: 'not_found_error' } },
    });
  });
});

it("is in OpenAI's shape for all others", async () => {
  const openai = new OpenAI({ baseURL: `${service.url}/v1`, apiKey: 'EMPTY', maxRetries: 0 });
  expect((await openai.models.list()).data[1]).toMatchObject({ id: 'gpt-4.1-mini', object: 'model' });
  expect((await fetch(`${service.url}/v1/models?limit=x`)).status).toBe(200);
  await expect(openai.models.retrieve('unknown')).rejects.toMatchObject({
    constructor: OpenAI.NotFoundError,
    code: 'model_not_found',
  });
});
