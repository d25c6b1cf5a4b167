import { AppError, type Caller, decoded, decodedBy, defineRoute, type InputOf } from '@antiphon/contracts';
import { Controller, Module, Param } from '@nestjs/common';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { type RunningService, startService } from '../boot.ts';
import { MemoryBus } from '../bus/memory-bus.ts';
import { readEnv } from '../config/env.ts';
import { serviceConfig, serviceEnv, tokenConfig, tokenEnv } from '../config/service-config.ts';
import { createLogger } from '../telemetry/logger.ts';
import { readLimits } from '../config/limits-file.ts';
import { serviceLimits, signingKeysLimits } from '../config/service-limits.ts';
import { Serves } from './serves.ts';

function addRoute<const Base extends string>(base: Base) {
  return defineRoute({
    method: 'post',
    path: `${base}/{id}/parts`,
    name: 'addPart',
    summary: 'Add a part',
    isOpen: true,
    headers: z.object({ 'If-Match': z.string().optional() }),
    query: z.object({ limit: z.coerce.number().int().max(5).default(2) }),
    body: z.object({ size: z.number().default(1) }),
    reply: {
      status: 202,
      description: 'The part',
      json: z.looseObject({ id: z.string(), seen: z.unknown() }),
    },
  });
}

const add = addRoute('/things');
const addByOldName = addRoute('/stuff');
const readFile = defineRoute({
  method: 'get',
  path: '/files/{name*}',
  name: 'readFile',
  summary: 'Read a file',
  headers: decodedBy(z.object({ Accept: z.string() }), (own, { query }) => ({ own, query })),
  query: decoded(z.object({ depth: z.coerce.number() }), ({ depth }) => [depth]),
  reply: { status: 200, description: 'The file', json: z.unknown() },
});

const promise = defineRoute({
  method: 'get',
  path: '/promises/{kind}',
  name: 'readPromise',
  summary: 'A reply that keeps its contract, or breaks it in a way that the compiler cannot see',
  reply: { status: 200, description: 'The promise', json: z.object({ count: z.int().max(3) }) },
});

@Controller()
class ThingsController {
  @Serves(add, addByOldName)
  add({ params, ...seen }: InputOf<typeof add>, @Param('id') id: string) {
    expectTypeOf(params).toEqualTypeOf<Readonly<Record<'id', string>>>();
    expectTypeOf(seen.body).toEqualTypeOf<{ size: number }>();
    return { id: params.id + id, seen };
  }

  @Serves(readFile)
  read({ params: { name }, headers, query, body }: InputOf<typeof readFile>) {
    expectTypeOf(query).toEqualTypeOf<number[]>();
    return { name, headers, query, hasBody: body !== undefined };
  }

  @Serves(promise)
  promise({ params: { kind } }: InputOf<typeof promise>) {
    if (kind === 'refused') throw new AppError('not_found', 'There is none.');
    return { count: kind === 'kept' ? 3 : 4 };
  }
}

/** A method whose reply or argument is not the contract's does not compile. */
class WrongController {
  // @ts-expect-error -- the reply lacks `seen`
  @Serves(add)
  lacksField(_input: InputOf<typeof add>) {
    return { id: 'a' };
  }

  // @ts-expect-error -- the input has no such parameter
  @Serves(add)
  asksForMore({ params }: { params: { id: string; other: string } }, _caller: Caller) {
    return { id: params.other, seen: 0 };
  }
}

@Module({ controllers: [ThingsController] })
class ThingsModule {}

let service: RunningService | undefined;

afterEach(() => service?.stop());

async function call(path: string, init: RequestInit = {}, environment: NodeJS.ProcessEnv = {}) {
  const values = readEnv({ ...serviceEnv(0), ...tokenEnv }, { SHUTDOWN_DRAIN: '0s', ...environment });
  const limits = readLimits({ ...serviceLimits, ...signingKeysLimits }, {});
  const config = { service: serviceConfig(values, limits), tokens: tokenConfig(values, limits) };
  const definition = { name: 'things', config, module: { module: ThingsModule } };
  service = await startService(definition, new MemoryBus(), createLogger('things', 'silent'));
  const reply = await fetch(`${service.url}${path}`, init);
  return { status: reply.status, json: await reply.json() };
}

it.each(['/things', '/stuff'])('decodes the parts of a request by the contract: %s', async (base) => {
  const reply = await call(`${base}/7/parts?limit=3&unknown=x`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'if-match': '"1"' },
    body: '{"size":4}',
  });
  const seen = { headers: { 'If-Match': '"1"' }, query: { limit: 3 }, body: { size: 4 } };
  expect(reply).toEqual({ status: 202, json: { id: '77', seen } });
});

it('treats a missing body as an empty object', async () => {
  const reply = await call('/things/7/parts', { method: 'POST' });
  expect(reply.json).toMatchObject({ seen: { query: { limit: 2 }, body: { size: 1 } } });
});

it('refuses a request that breaks the contract', async () => {
  expect(await call('/things/7/parts?limit=9', { method: 'POST' })).toMatchObject({
    status: 400,
    json: { error: { code: 'invalid_request', param: 'limit', message: 'limit must be at most 5, got 9' } },
  });
});

it('decodes a part by the function of the contract, and passes the rest of a path with its slashes', async () => {
  expect(await call('/files/a/b?depth=3', { headers: { accept: 'text/plain' } })).toEqual({
    status: 200,
    json: {
      name: 'a/b',
      headers: { own: { Accept: 'text/plain' }, query: { depth: '3' } },
      query: [3],
      hasBody: false,
    },
  });
  expect(await call('/files/a/b?depth=x')).toMatchObject({
    status: 400,
    json: { error: { param: 'depth' } },
  });
  expect(WrongController).toBeDefined();
});

describe('the check of replies', () => {
  const status = async (kind: string, environment: NodeJS.ProcessEnv) =>
    (await call(`/promises/${kind}`, {}, environment)).status;

  it('fails a reply that breaks its contract', async () => {
    expect(await status('broken', { CHECK_REPLIES: 'true' })).toBe(500);
  });

  it.each([
    ['kept', 200],
    ['refused', 404],
  ])('leaves other replies alone: %s', async (kind, expected) => {
    expect(await status(kind, { CHECK_REPLIES: 'true' })).toBe(expected);
  });

  it('is off unless a variable says so', async () => {
    expect(await status('broken', {})).toBe(200);
  });
});
