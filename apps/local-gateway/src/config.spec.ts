import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

describe('readConfig', () => {
  it('needs no variables', () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 8000,
      kongFile: 'kong/kong.yml',
      shutdownGraceMs: 25_000,
    });
    expect(config.rateLimit.enabled).toBe(true);
    expect(config.connections.keepAliveMs).toBe(75_000);
    expect(config.upstreams.size).toBe(0);
  });

  it('reads addresses by upstream name', () => {
    const { upstreams } = readConfig({
      GATEWAY_UPSTREAMS: 'auth=http://127.0.0.1:9081, llm=http://[::1]:9080',
    });
    expect(upstreams.get('auth')?.origin).toBe('http://127.0.0.1:9081');
    expect(upstreams.get('llm')?.origin).toBe('http://[::1]:9080');
  });

  it('reads durations like Go’s and switches in every common spelling', () => {
    const config = readConfig(
      { SHUTDOWN_GRACE: '1m30s', RATE_LIMIT_ENABLED: 'off' },
      { gateway: { keep_alive_timeout: '500ms' } },
    );
    expect(config.shutdownGraceMs).toBe(90_000);
    expect(config.connections.keepAliveMs).toBe(500);
    expect(config.rateLimit.enabled).toBe(false);
  });

  it.each([
    ['PORT', 'eight'],
    ['GATEWAY_UPSTREAMS', 'auth'],
    ['GATEWAY_UPSTREAMS', 'auth=http://host:1/path'],
    ['GATEWAY_UPSTREAMS', 'auth=https://host:1'],
    ['RATE_LIMIT_ENABLED', 'maybe'],
    ['SHUTDOWN_GRACE', '25'],
    ['AUTH_JWKS_URL', 'nowhere'],
  ])('names %s if its value is wrong', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(name);
  });
});
