import { describe, expect, it } from 'vitest';
import type { Exchange, Reply } from '../exchange.ts';
import type { RateLimitingConfig } from '../routing/kong-config.ts';
import { rateLimiting } from './rate-limiting.ts';

describe('rate-limiting', () => {
  it('opens a new window with the clock, and reports the time until then', async () => {
    const clock = { ms: 120_000 };
    const ask = limiter({ minute: 2 }, clock);
    expect((await ask('a')).reply).toBeUndefined();
    clock.ms += 45_500;
    expect((await ask('a')).headers).toMatchObject({ 'ratelimit-remaining': '0', 'ratelimit-reset': '15' });
    expect((await ask('a')).reply).toMatchObject({
      status: 429,
      headers: { 'retry-after': '15', 'x-ratelimit-limit': '2' },
    });
    clock.ms = 180_000;
    expect((await ask('a')).reply).toBeUndefined();
  });

  it('does not count refused requests', async () => {
    const clock = { ms: 0 };
    const ask = limiter({ second: 1, minute: 2 }, clock);
    await ask('a');
    for (let count = 0; count < 10; count += 1)
      expect((await ask('a')).reply?.headers?.['retry-after']).toBe('1');
    clock.ms = 1_000;
    expect((await ask('a')).reply).toBeUndefined();
    clock.ms = 2_000;
    expect((await ask('a')).reply?.headers).toMatchObject({
      'retry-after': '58',
      'x-ratelimit-limit-minute': '2',
    });
  });

  it('counts each address separately', async () => {
    const ask = limiter({ minute: 1 }, { ms: 0 });
    expect((await ask('a')).reply).toBeUndefined();
    expect((await ask('b')).reply).toBeUndefined();
    expect((await ask('a')).reply?.status).toBe(429);
  });

  it('counts consumers with limit_by: consumer, and addresses of requests without one', async () => {
    const ask = limiter({ minute: 1, limit_by: 'consumer' }, { ms: 0 });
    expect((await ask('a', 'users')).reply).toBeUndefined();
    expect((await ask('b', 'users')).reply?.status).toBe(429);
    expect((await ask('b')).reply).toBeUndefined();
  });

  it('keeps a bounded number of callers', async () => {
    const ask = limiter({ minute: 1 }, { ms: 0 }, 2);
    await ask('a');
    await ask('b');
    await ask('c');
    expect((await ask('c')).reply?.status).toBe(429);
    expect((await ask('a')).reply).toBeUndefined();
  });
});

interface Asked {
  readonly reply: Reply | undefined;
  readonly headers: Record<string, string>;
}

function limiter(
  limits: Partial<RateLimitingConfig>,
  clock: { ms: number },
  bucketsMax = 100,
): (clientIp: string, consumer?: string) => Promise<Asked> {
  const config: RateLimitingConfig = {
    limit_by: 'ip',
    policy: 'local',
    hide_client_headers: false,
    error_message: 'too many',
    ...limits,
  };
  const plugin = rateLimiting(config, { bucketsMax, now: () => clock.ms });
  return async (clientIp, consumer) => {
    const exchange = exchangeOf(clientIp, consumer);
    const reply = await plugin.access?.(exchange);
    return { reply, headers: Object.fromEntries(exchange.responseHeaders) };
  };
}

function exchangeOf(clientIp: string, consumer: string | undefined): Exchange {
  return {
    method: 'GET',
    path: '/',
    query: '',
    headers: {},
    clientIp,
    match: undefined,
    requestId: 'req-1',
    consumer,
    removedHeaders: new Set(),
    addedHeaders: new Map(),
    responseHeaders: new Map(),
    bodyBytesMax: 0,
  };
}
