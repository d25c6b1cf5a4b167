import { once } from 'node:events';
import { connect } from 'node:net';
import { authVerifyKey, defineRoute, type InputOf } from '@antiphon/contracts';
import { Body, Controller, Get, HttpCode, Module, Post, UseGuards } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { CallerGuard } from '../auth/caller.guard.ts';
import { type RunningService, startService } from '../boot.ts';
import { readEnv } from '../config/env.ts';
import { type LimitsFile, readLimits } from '../config/limits-file.ts';
import { serviceConfig, serviceEnv, tokenConfig, tokenEnv } from '../config/service-config.ts';
import { serviceLimits, signingKeysLimits } from '../config/service-limits.ts';
import { MemoryBus } from '../bus/memory-bus.ts';
import { Serves } from '../routes/serves.ts';
import { createLogger } from '../telemetry/logger.ts';
import { z } from 'zod';

const openRoute = defineRoute({
  method: 'post',
  path: '/things/open',
  name: 'open',
  summary: 'A route without a credential',
  isOpen: true,
  body: z.unknown(),
  reply: { status: 200, description: 'Its body', json: z.object({ made: z.unknown() }) },
});

@Controller()
class OpenController {
  @Serves(openRoute)
  open({ body }: InputOf<typeof openRoute>) {
    return { made: body };
  }
}

@Controller('things')
class ThingsController {
  @Post()
  @HttpCode(200)
  @UseGuards(CallerGuard)
  make(@Body() body: unknown) {
    return { made: body ?? null };
  }

  @Post('slow')
  @HttpCode(200)
  @UseGuards(CallerGuard)
  async wait() {
    await atWork();
  }

  @Get()
  @UseGuards(CallerGuard)
  list() {
    return [];
  }
}

let atWork = async () => undefined as void;

@Module({ controllers: [OpenController, ThingsController] })
class ThingsModule {}

let service: RunningService | undefined;

afterEach(() => service?.stop());

async function start(environment: NodeJS.ProcessEnv = {}, file: LimitsFile = {}): Promise<string> {
  const values = readEnv({ ...serviceEnv(0), ...tokenEnv }, { SHUTDOWN_DRAIN: '0s', ...environment });
  const limits = readLimits({ ...serviceLimits, ...signingKeysLimits }, file);
  const bus = new MemoryBus();
  bus.handle(authVerifyKey, async ({ key }) => ({
    caller: key === 'sk_good' ? { userId: 'u', tenantId: 'u', kind: 'key' as const, scopes: [] } : null,
  }));
  const definition = {
    name: 'things',
    config: { service: serviceConfig(values, limits), tokens: tokenConfig(values, limits) },
    module: { module: ThingsModule },
  };
  service = await startService(definition, bus, createLogger('things', 'silent'));
  return service.url;
}

const json = { 'content-type': 'application/json' };
const good = { ...json, 'x-api-key': 'sk_good' };

async function post(url: string, body: RequestInit['body'] | null, headers: Record<string, string> = json) {
  const answer = await fetch(url, { method: 'POST', body, headers });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, error: errorIn(text) };
}

function errorIn(text: string): { message: string; code: string; param: string | null } | undefined {
  return (JSON.parse(text) as { error?: { message: string; code: string; param: string | null } }).error;
}

/** The status line that raw bytes get. */
async function rawStatus(url: string, text: string): Promise<number> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(text);
  const [data] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return Number(/^HTTP\/1\.1 (\d+)/.exec(data.toString())?.[1]);
}

it('stops without waiting for a client that connected and sent nothing', async () => {
  const url = await start();
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  await fetch(`${url}/healthz`); // connections are accepted in their order
  await service?.stop(3_600_000);
  await closed;
});

describe('a body', () => {
  it('is not read before its sender is identified', async () => {
    const url = await start();
    const anyone = await post(`${url}/things`, '{"broken');
    expect([anyone.status, anyone.error?.code]).toEqual([401, 'unauthenticated']);
    const unidentified = await post(`${url}/things`, '{"broken', { ...json, 'x-api-key': 'sk_bad' });
    expect(unidentified.status).toBe(401);
    const caller = await post(`${url}/things`, '{"broken', good);
    expect([caller.status, caller.error?.code]).toEqual([400, 'invalid_request']);
    expect((await post(`${url}/things`, '{"a":1}', good)).text).toBe('{"made":{"a":1}}');
    expect((await post(`${url}/things/open`, '{"broken')).status).toBe(400);
    // An unknown path is refused before the body is read.
    expect((await post(`${url}/nothing`, '{"broken')).status).toBe(404);
  });

  it('beyond the size limit is 413 with a sentence, declared or not', async () => {
    const url = await start({ BODY_LIMIT_BYTES: '2048' });
    const large = `"${'x'.repeat(3_000)}"`;
    for (const body of [large, new Blob([large]).stream()]) {
      const answer = await fetch(`${url}/things`, { method: 'POST', body, headers: good, duplex: 'half' });
      expect(answer.status).toBe(413);
      expect(errorIn(await answer.text())).toMatchObject({
        code: 'payload_too_large',
        message: 'The body is larger than the 2048 bytes that a request may have.',
      });
    }
  });

  it('of too many values is one short sentence', async () => {
    const url = await start();
    const answer = await post(`${url}/things`, `{"include":[${'"a",'.repeat(1_000_000)}"a"]}`, good);
    expect([answer.status, answer.error?.message]).toEqual([
      400,
      'The body has an array of more than 20000 entries.',
    ]);
  });

  it('of another type than JSON is 415, with and without a credential', async () => {
    const url = await start({ AUTH_ANONYMOUS: 'true' });
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      '',
    ])
      expect((await post(`${url}/things`, Buffer.from('{"a":1}'), { 'content-type': type })).status).toBe(
        415,
      );
  });

  it("waits while the caller's other large requests are at work; a body of unknown length counts after it is read", async () => {
    const url = await start();
    const end = Promise.withResolvers<void>();
    let begun = 0;
    atWork = async () => {
      begun++;
      await end.promise;
    };
    const ask = (body: string | ReadableStream) =>
      fetch(`${url}/things/slow`, { method: 'POST', headers: good, body, duplex: 'half' });
    const chunked = Array.from({ length: 8 }, () => ask(new Blob(['{}']).stream()));
    await expect.poll(() => begun).toBe(8);
    const large = Array.from({ length: 5 }, () => ask(JSON.stringify('x'.repeat(8_000_000))));
    await expect.poll(() => begun).toBe(12);
    expect((await fetch(`${url}/things`, { method: 'POST', headers: good, body: '{}' })).status).toBe(200);
    expect(begun).toBe(12);
    end.resolve();
    for (const answer of await Promise.all([...chunked, ...large])) expect(answer.status).toBe(200);
  });

  it('without a valid credential counts against the budget of its address', async () => {
    const url = await start({}, { http: { unidentified_bytes_per_minute: 10_000 } });
    const large = JSON.stringify('x'.repeat(4_000));
    const statuses = async (at: string, headers: Record<string, string>, count: number) => {
      const all: number[] = [];
      for (let i = 0; i < count; i++) all.push((await post(`${url}${at}`, large, headers)).status);
      return all;
    };
    const from = (address: string) => ({ ...json, 'x-real-ip': address });
    expect(await statuses('/things', from('203.0.113.1'), 4)).toEqual([401, 401, 401, 429]);
    expect(await statuses('/things/open', from('203.0.113.1'), 1)).toEqual([429]);
    expect(await statuses('/things/open', from('203.0.113.2'), 4)).toEqual([200, 200, 200, 429]);
    const refused = await post(`${url}/things`, large, from('203.0.113.2'));
    expect([refused.status, refused.error?.code]).toEqual([429, 'rate_limited']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    // A caller with a credential is served, from the same address as well.
    expect(await statuses('/things', { ...good, 'x-real-ip': '203.0.113.1' }, 5)).toEqual(Array(5).fill(200));
    // Networks of IPv6 count as one.
    expect(await statuses('/things', from('2001:db8::1'), 2)).toEqual([401, 401]);
    expect(await statuses('/things', from('2001:db8:0:0:ffff::2'), 2)).toEqual([401, 429]);
  });
});

describe('a request', () => {
  it('whose target holds a fragment is 400', async () => {
    const url = await start({ AUTH_ANONYMOUS: 'true' });
    const to = (target: string) =>
      rawStatus(url, `POST ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n`);
    expect(await to('/things/open')).toBe(200);
    expect(await to('/things/open#x')).toBe(400);
    expect(await to('/things/open?a=1#x')).toBe(400);
    expect(await to('/things/open%23')).toBe(404);
  });

  it('has an answer that no cache may store', async () => {
    const url = await start();
    for (const [path, headers] of [
      ['/things', good],
      ['/things', json],
      ['/nothing', json],
    ] as const)
      expect((await fetch(url + path, { headers })).headers.get('cache-control'), path).toBe('no-store');
  });

  it('of a foreign page is 403 where calls without a token are allowed, and only there', async () => {
    const foreign = { ...good, origin: 'https://evil.example' };
    expect((await post(`${await start()}/things`, '{}', foreign)).status).toBe(200);
    await service?.stop();
    const url = await start({ AUTH_ANONYMOUS: 'true', ALLOWED_ORIGINS: 'https://app.example' });
    for (const path of ['/things', '/things/open', '/nothing', '/healthz', '/metrics'])
      for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
        const answer = await fetch(url + path, { method, headers: foreign });
        expect([path, method, answer.status, errorIn(await answer.text())?.code]).toEqual([
          path,
          method,
          403,
          'forbidden',
        ]);
      }
    expect(await rawStatus(url, 'GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n')).toBe(403);
    expect(await rawStatus(url, 'GET /healthz HTTP/1.1\r\nHost: things:80\r\n\r\n')).toBe(200);
    for (const origin of ['http://localhost:3000', 'https://app.example'])
      expect((await post(`${url}/things`, '{}', { ...json, origin })).status).toBe(200);
    expect((await post(`${url}/things`, null, {})).status).toBe(200);
  });
});
