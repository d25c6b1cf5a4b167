import { AppError, isLifecycleEvent, type Response, type ResponseEvent } from '@antiphon/contracts';
import { testCaller } from '@antiphon/contracts/testing';
import {
  asks,
  says,
  ScriptedModel,
  ScriptedTools,
  type ScriptedTurn,
  serverTool,
} from '@antiphon/engine/testing';
import { createDataSource, createLogger } from '@antiphon/service-kit';
import { Gate, MemoryBus } from '@antiphon/service-kit/testing';
import { describe, expect, it } from 'vitest';
import { cancelledByCaller } from './active-runs.ts';
import { responsesSchema } from '../database/database-schema.ts';
import type { ModelDirectory } from '../remote/rpc-language-model.ts';
import type { Claim } from './lease.ts';
import { testRunner } from '../testing/test-runner.ts';
import { newResponse } from '../testing/new-response.ts';
import { anyModels } from '../testing/any-models.ts';
import { testStores, type TestStores } from '../testing/test-stores.ts';
import { responsesDatabase } from '../testing/responses-database.ts';

const { database, storesWith } = await responsesDatabase();
const stores = storesWith();
const bus = new MemoryBus();
const logger = createLogger('test', 'silent');

function runnerWith(
  model: Pick<ScriptedModel, 'stream'>,
  tools = new ScriptedTools(),
  { itsStores = stores, models = anyModels }: { itsStores?: TestStores; models?: ModelDirectory } = {},
) {
  return testRunner(itsStores, bus, { model, tools, models });
}

async function claimed(changes: Partial<Response> = {}) {
  await stores.responses.insert(newResponse({ status: 'queued', background: true, ...changes }));
  const [claim] = await stores.leases.claim(1);
  if (!claim) throw new Error('nothing to claim');
  return { response: claim.response, lease: claim.lease, history: [], timeoutMs: 10_000, mayMove: true };
}

async function collect(events: AsyncIterable<readonly ResponseEvent[]>): Promise<ResponseEvent[]> {
  const all: ResponseEvent[] = [];
  for await (const burst of events) all.push(...burst);
  return all;
}

/** An answer that breaks off. */
const halfSaid: ScriptedTurn = {
  bursts: [[{ type: 'text', text: 'Half an ' }]],
  then: new AppError('model_error', 'The connection to the provider broke'),
};

const stored = (id: string) => stores.responses.find(testCaller, id);
const rowCount = async () => {
  const [row] = await database.dataSource.query<{ count: string }[]>(
    'select count(*) from responses.responses',
  );
  return Number(row?.count);
};

describe('a background run', () => {
  it('is stored as its last event has it', async () => {
    const start = await claimed();
    const events = await collect(
      runnerWith(new ScriptedModel(says('Hello', ' there'))).runner.run(testCaller, start),
    );
    const last = events.at(-1);
    expect(last).toMatchObject({ type: 'response.completed' });
    expect(last && 'response' in last && last.response).toEqual(await stored(start.response.id));
  });

  it('commits a call before its tool runs, and the output before the next turn', async () => {
    const seen: unknown[] = [];
    const start = await claimed();
    const look = async () => seen.push((await stored(start.response.id))?.output.map((item) => item.type));
    const tools = new ScriptedTools(serverTool('search', {}, async () => String(await look())));
    const model = new ScriptedModel(asks({ name: 'search' }), says('done'));
    const run = runnerWith(model, tools).runner.run(testCaller, start);
    for await (const burst of run) if (burst.some((event) => event.type === 'tool.finished')) await look();
    expect(seen).toEqual([['function_call'], ['function_call', 'function_call_output']]);
  });

  it('commits the record of a turn with the turn, before its tools run', async () => {
    const start = await claimed();
    let seen: Response['turns'];
    const look = async () => {
      seen = (await stored(start.response.id))?.turns;
      return 'looked';
    };
    const model = new ScriptedModel(asks({ name: 'search' }), says('done'));
    const tools = new ScriptedTools(serverTool('search', {}, look));
    await collect(runnerWith(model, tools).runner.run(testCaller, start));
    expect(seen).toMatchObject([
      { depth: 0, outcome: 'ok', model: 'test-model-1', usage: { totalTokens: 15 } },
    ]);
    expect((await stored(start.response.id))?.turns?.map(({ depth }) => depth)).toEqual([0, 1]);
  });

  it('goes on from the checkpoint of another process: no turn and no finished tool again', async () => {
    const start = await claimed();
    const tools = new ScriptedTools(serverTool('search'));
    const first = runnerWith(new ScriptedModel(asks({ name: 'search' })), tools);
    for await (const burst of first.runner.run(testCaller, start)) {
      if (burst.some((event) => event.type === 'tool.finished')) break;
    }
    await stores.leases.release(start.lease);
    const [claim] = await stores.leases.claim(1);
    if (!claim) throw new Error('nothing to claim');
    const model = new ScriptedModel(says('done'));
    const second = runnerWith(model, tools).runner;
    await collect(second.run(testCaller, { ...claim, history: [], timeoutMs: 10_000, mayMove: true }));
    expect(tools.calls).toHaveLength(1);
    expect(model.requests).toHaveLength(1);
    expect(await stored(start.response.id)).toMatchObject({
      status: 'completed',
      output: [{ type: 'function_call' }, { type: 'function_call_output' }, { type: 'message' }],
    });
  });

  it('waits for a part of the system that is unavailable, and then goes on', async () => {
    const start = await claimed();
    const away = { bursts: [], then: new AppError('unavailable', 'The llm service does not answer.') };
    expect(await collect(runnerWith(new ScriptedModel(away)).runner.run(testCaller, start))).toEqual([]);
    expect((await stored(start.response.id))?.status).toBe('in_progress');
    expect(await stores.leases.claim(1)).toEqual([]);
    await database.dataSource.query(
      `update responses.responses set lease_until = clock_timestamp() - interval '1 s'`,
    );
    const [claim] = await stores.leases.claim(1);
    if (!claim) throw new Error('nothing to claim');
    const { runner } = runnerWith(new ScriptedModel(says('back')));
    await collect(runner.run(testCaller, { ...claim, history: [], timeoutMs: 10_000, mayMove: true }));
    expect((await stored(start.response.id))?.status).toBe('completed');
  });

  it('repeats a turn that breaks off, and counts the tokens of both', async () => {
    const start = await claimed();
    const { runner } = runnerWith(new ScriptedModel(halfSaid, says('Whole.')));
    await collect(runner.run(testCaller, { ...start, takeBack: () => true }));
    const end = await stored(start.response.id);
    expect(end).toMatchObject({
      status: 'completed',
      output: [{ type: 'message', content: [{ text: 'Whole.' }] }],
    });
    expect(end?.usage.totalTokens).toBeGreaterThan(15);
  });

  it('gathers the answers of a run that no client reads, and repeats a turn that breaks off', async () => {
    const start = await claimed();
    const model = new ScriptedModel(halfSaid, says('Whole.'));
    await collect(runnerWith(model).runner.run(testCaller, { ...start, isUnread: true }));
    expect(model.requests.map(({ gather }) => gather)).toEqual([true, true]);
    expect((await stored(start.response.id))?.status).toBe('completed');
  });

  it('repeats no turn that a client may have read, and keeps its partial output', async () => {
    const start = await claimed();
    const model = new ScriptedModel(halfSaid, says('Whole.'));
    await collect(runnerWith(model).runner.run(testCaller, start));
    expect(await stored(start.response.id)).toMatchObject({
      status: 'failed',
      error: { code: 'model_error' },
      output: [{ type: 'message', status: 'incomplete', content: [{ text: 'Half an ' }] }],
    });
    expect(model.requests).toHaveLength(1);
  });

  it('keeps the outputs of its tools when the database is unavailable for a moment', async () => {
    const gate = await Gate.open(database.config.url);
    const config = { ...database.config, url: gate.url, connectTimeoutMs: 500 };
    const dataSource = await createDataSource(config, responsesSchema, logger).initialize();
    const behindGate = testStores(dataSource);
    try {
      const start = await claimed();
      const tools = new ScriptedTools(
        serverTool('pay', {}, async () => {
          await gate.shut();
          setTimeout(() => void gate.reopen(), 300);
          return 'paid';
        }),
      );
      const model = new ScriptedModel(asks({ name: 'pay' }), says('done'));
      await collect(runnerWith(model, tools, { itsStores: behindGate }).runner.run(testCaller, start));
      expect(tools.calls).toHaveLength(1);
      expect(await stored(start.response.id)).toMatchObject({
        status: 'completed',
        output: [{ type: 'function_call' }, { output: 'paid' }, { type: 'message' }],
      });
    } finally {
      await dataSource.destroy();
      await gate.shut();
    }
  });

  it('stops when it is cancelled elsewhere, keeps its output and stays cancelled', async () => {
    const start = await claimed();
    const { runner } = runnerWith(
      new ScriptedModel({ ...says('par'), bursts: [[{ type: 'text', text: 'par' }]], then: 'hangs' }),
    );
    const events: ResponseEvent[] = [];
    for await (const burst of runner.run(testCaller, start)) {
      events.push(...burst);
      // The heartbeat finds it without a signal.
      if (burst.some((event) => event.type === 'text.delta'))
        await stores.responses.cancel(testCaller, start.response.id);
    }
    expect(events.at(-1)).toMatchObject({ type: 'response.cancelled' });
    expect(await stored(start.response.id)).toMatchObject({
      status: 'cancelled',
      output: [{ content: [{ text: 'par' }], status: 'incomplete' }],
    });
  });

  it('that loses its lease writes nothing and yields no end', async () => {
    const start = await claimed();
    const tools = new ScriptedTools(
      serverTool('search', {}, async () => {
        await database.dataSource.query('update responses.responses set lease_epoch = lease_epoch + 1');
        return 'late';
      }),
    );
    const { runner } = runnerWith(new ScriptedModel(asks({ name: 'search' }), says('done')), tools);
    const events = await collect(runner.run(testCaller, start));
    expect(events.filter((event) => event.type.startsWith('response.'))).toEqual([]);
    expect(await stored(start.response.id)).toMatchObject({
      status: 'in_progress',
      output: [{ type: 'function_call' }],
    });
  });

  it('is given back when its process stops: the next process claims it at once', async () => {
    const start = await claimed();
    const { runner, runs } = runnerWith(
      new ScriptedModel({ bursts: [[{ type: 'text', text: 'a' }]], then: 'hangs' }),
    );
    for await (const burst of runner.run(testCaller, start)) {
      if (burst.length > 0) runs.abortAll(new AppError('interrupted', 'stopping'));
    }
    expect(await stores.leases.claim(1)).toMatchObject([{ response: { id: start.response.id } }]);
  });

  it('is given back with the outputs of tools that return before the process must end', async () => {
    const start = await claimed();
    const [called, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const tools = new ScriptedTools(
      serverTool('pay', {}, async () => {
        called.resolve();
        await goOn.promise;
        return 'paid';
      }),
    );
    const { runner, runs } = runnerWith(new ScriptedModel(asks({ name: 'pay' }), says('unasked')), tools);
    const run = collect(runner.run(testCaller, start));
    await called.promise;
    runs.interruptAll(new AppError('interrupted', 'stopping'));
    goOn.resolve();
    expect((await run).filter(isLifecycleEvent)).toEqual([]);
    expect(await stores.leases.claim(1)).toMatchObject([
      { response: { output: [{ type: 'function_call' }, { type: 'function_call_output', output: 'paid' }] } },
    ]);
  });

  it('that begins while its process stops is given back as well', async () => {
    const start = await claimed();
    const { runner, runs } = runnerWith(new ScriptedModel({ bursts: [], then: 'hangs' }));
    runs.abortAll(new AppError('interrupted', 'stopping'));
    await collect(runner.run(testCaller, start));
    expect(await stores.leases.claim(1)).toMatchObject([{ response: { id: start.response.id } }]);
  });

  it('that its own process takes over goes on once: the first run ends, the second can be cancelled', async () => {
    const start = await claimed();
    const hangs = { bursts: [[{ type: 'text' as const, text: 'a' }]], then: 'hangs' as const };
    const model = new ScriptedModel(hangs, hangs);
    const { runner, runs } = runnerWith(model);
    const first = collect(runner.run(testCaller, start));
    await expect.poll(() => model.requests.length).toBe(1);
    const expire = () =>
      database.dataSource.query(
        `update responses.responses set lease_until = clock_timestamp() - interval '1 s'`,
      );
    const claims: Claim[] = [];
    await expect.poll(async () => (await expire(), claims.push(...(await stores.leases.claim(1))))).toBe(1);
    const second = collect(
      runner.run(testCaller, { ...start, lease: (claims[0] as Claim).lease }), // polled for above
    );
    expect((await first).filter(isLifecycleEvent)).toEqual([]);
    await expire();
    await expect
      .poll(() =>
        database.dataSource.query('select 1 from responses.responses where lease_until > clock_timestamp()'),
      )
      .toHaveLength(1);
    runs.abort(start.response.id, cancelledByCaller());
    expect((await second).at(-1)).toMatchObject({ type: 'response.cancelled' });
  });
});

describe('a foreground run', () => {
  const foreground = (changes: Partial<Response> = {}) => ({
    response: newResponse(changes),
    history: [],
    lease: null,
    timeoutMs: 10_000,
    mayMove: false,
  });

  it('without tools is one row, written after its end', async () => {
    const start = foreground();
    const events = runnerWith(new ScriptedModel(says('Hello'))).runner.run(testCaller, start);
    for await (const burst of events) {
      const hasEnded = burst.some((event) => event.type === 'response.completed');
      expect(await rowCount()).toBe(hasEnded ? 1 : 0);
    }
    expect(await stored(start.response.id)).toMatchObject({ status: 'completed' });
  });

  it('has its row before a tool runs', async () => {
    const rows: number[] = [];
    const tools = new ScriptedTools(
      serverTool('search', {}, async () => String(rows.push(await rowCount()))),
    );
    const model = new ScriptedModel(asks({ name: 'search' }), says('done'));
    await collect(runnerWith(model, tools).runner.run(testCaller, foreground()));
    expect(rows).toEqual([1]);
  });

  it('with `store: false` leaves no row', async () => {
    const tools = new ScriptedTools(serverTool('search'));
    const model = new ScriptedModel(asks({ name: 'search' }), says('done'));
    const events = await collect(
      runnerWith(model, tools).runner.run(testCaller, foreground({ stored: false })),
    );
    expect(events.at(-1)).toMatchObject({ type: 'response.completed' });
    expect(await rowCount()).toBe(0);
  });

  it('ends as cancelled when its client goes away, as failed when its time is over', async () => {
    const hanging = () => new ScriptedModel({ bursts: [], then: 'hangs' });
    const gone = AbortSignal.abort();
    const left = await collect(runnerWith(hanging()).runner.run(testCaller, foreground(), gone));
    expect(left.at(-1)).toMatchObject({ type: 'response.cancelled' });
    const late = await collect(
      runnerWith(hanging()).runner.run(testCaller, { ...foreground(), timeoutMs: 10, limitMs: 600_000 }),
    );
    expect(late.at(-1)).toMatchObject({
      type: 'response.failed',
      response: { error: { code: 'run_timeout', message: 'The run took longer than 600 s.' } },
    });
  });
});

describe('a check of a run before it begins', () => {
  const never = new AbortController().signal;
  const failing = (code: 'model_not_found' | 'unavailable'): ModelDirectory => ({
    assertServed: () => Promise.reject(new AppError(code, 'No.')),
  });
  const look = (models: ModelDirectory, changes: Partial<Response> = {}) =>
    runnerWith(new ScriptedModel(), new ScriptedTools(), { models }).runner.assertRunnable(
      testCaller,
      { response: newResponse({ serverTools: [], ...changes }), history: [] },
      never,
    );

  it('refuses an unknown model and other faults of the request', async () => {
    await expect(look(failing('model_not_found'))).rejects.toMatchObject({ code: 'model_not_found' });
    await expect(look(anyModels, { toolChoice: 'required' })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('ignores a part of the system that is unavailable', async () => {
    await look(failing('unavailable'));
  });
});
