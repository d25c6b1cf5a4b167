import { describe, expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { agentSystem, json, lastWords, responses } from './agent-system.ts';

const { createResponse, provider, call, create, otherToken, proposes, web } = await agentSystem();

describe('the cache', () => {
  scenario('agent-cache', 'reuses an answer for its caller only', async () => {
    const request = { input: `What is AI? ${Date.now()}` };
    const first = await createResponse(request);
    expect(first.metadata?.cache_hit).toBe(false);
    const { length } = provider.calls;
    const again = await createResponse(request);
    expect([again.metadata?.cache_hit, lastWords(again), again.usage.total_tokens]).toEqual([
      true,
      'Hello there.',
      0,
    ]);
    expect(again.id).not.toBe(first.id);
    expect(await json(call(`${responses}/${again.id}`))).toEqual(again);
    expect(provider.calls.length).toBe(length);
    const streamed = await (await create({ ...request, stream: 'full' })).text();
    expect(streamed).toContain('Hello there.');
    expect(provider.calls.length).toBe(length);

    expect((await createResponse({ ...request, disable_cache: true })).metadata?.cache_hit).toBe(false);
    expect(
      (await createResponse({ ...request, model_settings: { temperature: 0.3 } })).metadata?.cache_hit,
    ).toBe(false);
    expect((await createResponse(request, otherToken)).metadata?.cache_hit).toBe(false);
    await call(`${responses}/${first.id}`, { method: 'DELETE' });
    expect((await createResponse(request)).metadata?.cache_hit).toBe(false);
  });

  scenario('agent-cache', 'holds no answers that called tools', async () => {
    proposes(['get_http_requests', { url: `${web.url}/echo` }]);
    const request = { input: `Read it ${Date.now()}` };
    await createResponse(request);
    expect((await createResponse(request)).metadata?.cache_hit).toBe(false);
  });
});
