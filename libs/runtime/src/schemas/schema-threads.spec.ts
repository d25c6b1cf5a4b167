import type { JsonObject, JsonValue } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import type { SchemaUse } from '@antiphon/engine';
import { afterAll, describe, expect, it } from 'vitest';
import { SchemaThreads, schemaThreadsLimits } from './schema-threads.ts';

const threads = new SchemaThreads();
afterAll(() => threads.onModuleDestroy());

const { signal } = new AbortController();
const use = (schema: JsonObject): SchemaUse[] => [{ schema, name: 'input_schema', pointer: '' }];
const find = (schema: JsonObject, value: JsonValue) =>
  threads.findFault(testCaller, use(schema), value, signal);

const slowPattern = { pattern: '(?i)(\\b[\\p{L}\\s]{1,200}){3}\\b!x' };
const longText = irregularText(1_000_000);
const manyPatterns = {
  patternProperties: Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`^(a|b)*c{1,50}x${i}$`, { type: 'string' }]),
  ),
};
const manyKeys = Object.fromEntries(
  Array.from({ length: 50_000 }, (_, i) => [`${'ab'.repeat(20)}ccc${i}`, 'v']),
);

/** Pseudo-random letters and spaces, so that no state of the expression repeats. The same in each run. */
function irregularText(length: number): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return 'ab '[Math.floor(state / 65_536) % 3];
  }).join('');
}

/** Counts the timers that fire until a promise settles. */
async function timersUntil(work: Promise<unknown>): Promise<number> {
  let fired = 0;
  const timer = setInterval(() => fired++, 5);
  await work.finally(() => clearInterval(timer));
  return fired;
}

describe('schemas in threads', () => {
  it.each([
    ['a slow pattern on a long text', slowPattern, longText],
    ['many patterns on many names', manyPatterns, manyKeys],
  ])('end within their time while other work goes on: %s', async (_, schema, value) => {
    const check = find(schema, value);
    const fired = await timersUntil(check);
    expect(await check).toMatchObject({
      issue: {
        keyword: 'too_complex',
        complaint: expect.stringContaining('takes longer than 1000 ms') as unknown,
      },
    });
    expect(fired).toBeGreaterThan(10);
  });

  it('check schemas within their time, and go on after a check that exceeded it', async () => {
    // Its compilation takes a part of the time, and more of it on a busy machine.
    await expect.poll(() => find(slowPattern, 'short')).toMatchObject({ issue: { keyword: 'pattern' } });
    expect(await find({ pattern: '^[A-Z]+$' }, 'ABC')).toBeNull();
    expect(await find({ properties: { a: { format: 'email' } } }, { a: 'no' })).toEqual({
      index: 0,
      issue: { path: ['a'], keyword: 'format', complaint: 'must match format "email"' },
    });
  });

  it('name the schema that does not fit, and check the part of the value that it is for', async () => {
    const uses: SchemaUse[] = [
      { schema: { type: 'object' }, name: 'input_schema', pointer: '' },
      { schema: { pattern: '^x' }, name: 'validation_rules', pointer: '/absent' },
      { schema: { pattern: '^x' }, name: 'validation_rules', pointer: '/list/1' },
    ];
    expect(await threads.findFault(testCaller, uses, { list: ['a', 'b'] }, signal)).toMatchObject({
      index: 2,
    });
    expect(await threads.findFault(testCaller, uses, { list: ['a', 'xb'] }, signal)).toBeNull();
  });

  it('refuse a schema that cannot be used, with its name', async () => {
    for (const schema of [{ type: 'strin' }, { pattern: '(?=a)' }] as JsonObject[]) {
      const refusal = { code: 'invalid_request', param: 'input_schema' };
      await expect(threads.assertUsable(testCaller, use(schema), signal)).rejects.toMatchObject(refusal);
      await expect(find(schema, 'a')).rejects.toMatchObject(refusal);
    }
  });

  it('refuse values that could fill the memory of a thread', async () => {
    const empty = Array.from({ length: schemaThreadsLimits.valuesMax }, () => []);
    expect(await find({ items: { pattern: 'x' } }, empty)).toMatchObject({
      issue: { keyword: 'too_complex', complaint: expect.stringContaining('200000 values') as unknown },
    });
  });

  it('run one check of a caller at a time, with few waiting, beside those of other callers', async () => {
    const one = new SchemaThreads({ ...schemaThreadsLimits, waitingPerCallerMax: 1, timeMs: 60_000 });
    const other = { ...testCaller, userId: 'other-user' };
    try {
      const order: string[] = [];
      const gone = new AbortController();
      const slow = one
        .findFault(testCaller, use(slowPattern), longText, gone.signal)
        .catch(() => order.push('slow'));
      const next = one
        .findFault(testCaller, use({ pattern: 'a' }), 'a', signal)
        .then(() => order.push('next'));
      const refused = one.findFault(testCaller, use({ pattern: 'a' }), 'a', signal);
      await expect(refused).rejects.toMatchObject({ code: 'rate_limited' });
      await one.findFault(other, use({ pattern: 'a' }), 'a', signal).then(() => order.push('other'));
      gone.abort(new Error('gone'));
      await Promise.all([slow, next]);
      expect(order).toEqual(['other', 'slow', 'next']);
    } finally {
      await one.onModuleDestroy();
    }
  });

  it('stop when the signal aborts', async () => {
    const gone = new AbortController();
    const check = threads.findFault(testCaller, use(slowPattern), longText, gone.signal);
    gone.abort(new Error('gone'));
    await expect(check).rejects.toThrow();
    expect(await find({ pattern: 'a' }, 'a')).toBeNull();
  });
});
