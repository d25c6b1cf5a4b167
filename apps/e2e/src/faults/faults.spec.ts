import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { hang, text, toolCall, wait } from '@antiphon/service-kit/testing';
import pg from 'pg';
import { afterAll, afterEach, describe, expect } from 'vitest';
import type { AppProcess } from '../app-process.ts';
import { framesOf, JanClient, type JanError, type JanResponse } from '../jan-client.ts';
import { textLike, textWith } from '../matchers.ts';
import { expectPromptly } from '../promptly.ts';
import { scenario } from '../scenario.ts';
import { runCampaign } from './campaign.ts';
import { FaultSystem } from './fault-system.ts';
import { endedTwice, keepJournal, movesOf } from './journal.ts';
import { Random } from './random.ts';

/** `npm run test:faults` takes its time; `npm test` has a short form. */
const isLong = process.env.FAULTS === 'long';
const runs = Number(process.env.FAULT_RUNS ?? (isLong ? 300 : 24));
const faultCount = Number(process.env.FAULT_COUNT ?? (isLong ? 80 : 6));
const seed = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 2 ** 31));

const faults = await FaultSystem.start();
await keepJournal(faults);
const { system, effects, workers, responses } = faults;
const { provider, receiver } = system;
const jan = await system.jan();
const [firstClient, secondClient] = responses.map(({ url }) => new JanClient(url, jan.token)) as [
  JanClient,
  JanClient,
];

afterAll(() => faults.stop());
afterEach(async () => expect(endedTwice(await movesOf(faults))).toEqual([]));

const nextCall = () => provider.call(provider.calls.length);
const submit = async (body: Record<string, unknown> = {}): Promise<JanResponse> => {
  const answer = await jan.create({ input: 'Work', background: true, ...body });
  expect(answer.status).toBe(200);
  return answer.body;
};

/** The worker that runs a response. */
async function runnerOf(id: string): Promise<AppProcess> {
  const [row] = await faults.query<{ owner: string }>(
    'select lease_owner as owner from responses.responses where id = $1',
    [id],
  );
  const runner = workers.find(({ pid }) => row?.owner === `${hostname()}:${pid}`);
  if (!runner) throw new Error(`nobody runs ${id}: ${JSON.stringify(row)}`);
  return runner;
}

/** Kills a worker and starts it again, while its runs are another's already. */
async function replace(worker: AppProcess): Promise<void> {
  await worker.kill();
  await worker.start();
}

/** A run whose one tool has had its effect, while its answer does not come. */
async function runningTool(tool: string, path: string): Promise<JanResponse> {
  effects.hold(path);
  provider.script = ({ toolOutputs }) =>
    toolOutputs.length === 0
      ? [toolCall(tool, { url: effects.url + path })]
      : [text(`It said: ${toolOutputs[0]}`)];
  const task = await submit();
  await effects.nth(path, 0);
  return task;
}

describe('a worker that is killed', () => {
  scenario('faults-read', 'while a tool reads: the tool is called again, under the same key', async () => {
    const task = await runningTool('get_http_requests', '/read-again');
    const runner = await runnerOf(task.id);
    effects.release('/read-again');
    const [done] = await Promise.all([jan.settled(task.id), replace(runner)]);
    expect(done).toMatchObject({ status: 'completed', output: textWith('/read-again') });
    const keys = effects.at('/read-again').map(({ key }) => key);
    expect(keys).toEqual([`${task.id}:0:0`, `${task.id}:0:0`]);
  });

  scenario(
    'faults-write',
    'after a tool had its effect: it is not called again, and the model is told',
    async () => {
      const task = await runningTool('post_http_requests', '/write-once');
      const callsBefore = provider.calls.length;
      const runner = await runnerOf(task.id);
      effects.release('/write-once');
      const [done] = await Promise.all([jan.settled(task.id), replace(runner)]);
      expect(done).toMatchObject({ status: 'completed', output: textLike(/unknown.*may have taken effect/) });
      expect(effects.at('/write-once')).toHaveLength(1);
      expect(provider.calls.length - callsBefore).toBe(1);
    },
  );

  scenario('faults-end', 'before the end is committed: it ends once, and tells so under one id', async () => {
    const goOn = Promise.withResolvers<void>();
    provider.script = () => [text('Nearly'), wait(goOn.promise), text(' done.')];
    const asked = nextCall();
    const task = await submit({ metadata: { webhook_url: receiver.at('end-once') } });
    await asked;
    const runner = await runnerOf(task.id);
    const again = nextCall();
    const unlock = await lockRow(task.id);
    goOn.resolve();
    await untilBlocked();
    await runner.kill();
    await unlock();
    const [done] = await Promise.all([again.then(() => jan.settled(task.id)), runner.start()]);
    expect(done).toMatchObject({ status: 'completed', output: 'Nearly done.' });
    await receiver.received('end-once', 1);
    expect(new Set(receiver.deliveriesAt('end-once').map(({ headers }) => headers['webhook-id'])).size).toBe(
      1,
    );
  });
});

scenario('faults-frozen', 'a worker that sleeps past its lease writes nothing when it wakes', async () => {
  const woken = Promise.withResolvers<void>();
  let isFirst = true;
  provider.script = () => {
    const steps = isFirst ? [text('From the first'), wait(woken.promise)] : [text('From the second')];
    isFirst = false;
    return steps;
  };
  const asked = nextCall();
  const task = await submit({ metadata: { webhook_url: receiver.at('frozen') } });
  const call = await asked;
  const runner = await runnerOf(task.id);
  runner.pause();
  const done = await jan.settled(task.id);
  expect(done.output).toBe('From the second');
  woken.resolve();
  runner.resume();
  await call.closed;
  provider.script = () => [text('Next.')];
  await Promise.all(Array.from({ length: 4 }, async () => jan.settled((await submit()).id)));
  expect((await jan.get(task.id)).body).toEqual(done);
  const deliveries = await receiver.received('frozen', 1);
  expect(deliveries).toHaveLength(receiver.deliveriesAt('frozen').length);
});

describe('a cancel', () => {
  scenario('faults-cancel', 'at any instance reaches a tool wherever it runs', async () => {
    let attempt = 0;
    await expectPromptly(async () => {
      const path = `/cancelled-${attempt++}`;
      const task = await runningTool('get_http_requests', path);
      const effect = await effects.nth(path, 0);
      const cancelledAtMs = performance.now();
      expect((await secondClient.cancel(task.id)).body.status).toBe('cancelled');
      const { aborted, atMs } = await effect.closed;
      expect(aborted).toBe(true);
      expect((await firstClient.get(task.id)).body.status).toBe('cancelled');
      return atMs - cancelledAtMs;
    });
  });

  scenario('faults-cancel', 'ends what waits for its caller', async () => {
    provider.script = () => [toolCall('ask_the_user', {})];
    const tools = [
      { type: 'function', name: 'ask_the_user', parameters: { type: 'object', properties: {} } },
    ];
    const task = await submit({ tools, metadata: { webhook_url: receiver.at('cancelled-pause') } });
    await expect.poll(async () => (await jan.get(task.id)).body.pending_tool_calls).toHaveLength(1);
    expect((await secondClient.cancel(task.id)).body.status).toBe('cancelled');
    expect((await firstClient.cancel(task.id)).body.status).toBe('cancelled');
    await receiver.received('cancelled-pause', 1);
  });
});

scenario(
  'faults-rolling-restart',
  'while every service is restarted in turn a polling client sees no error, and open streams end well',
  async () => {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length < 2
        ? [text('I look. '), wait(300), toolCall('get_http_requests', { url: `${effects.url}/rolling` })]
        : [text('All'), wait(300), text(' well.')];
    const stopping = new AbortController();
    const ended: JanResponse[] = [];
    const poller = (async () => {
      while (!stopping.signal.aborted) {
        const task = await balanced((client) => client.create({ input: 'Roll', background: true }));
        for (;;) {
          const { status, body } = await balanced((client) => client.get(task.body.id));
          expect(status).toBe(200);
          if (!['queued', 'in_progress'].includes(body.status)) {
            ended.push(body);
            break;
          }
          await delay(20);
        }
      }
    })();
    poller.catch(() => stopping.abort()); // its error is the test's, below
    const behind = ['llm', 'mcp', 'auth'] as const;
    for (const app of [
      ...responses,
      ...(isLong ? workers : workers.slice(1)),
      ...(isLong ? behind.map((name) => system.app(name)) : []),
    ]) {
      const [client = firstClient] = [firstClient, secondClient].filter(({ url }) => url === app.url);
      const stream = await client.open({ input: 'Stream' });
      const frames: unknown[] = [];
      const reading = (async () => {
        for await (const frame of framesOf(stream)) frames.push(frame);
      })();
      await app.stop();
      await reading;
      expect(frames.at(-1), app.name).toEqual({ data: '[DONE]' });
      await app.start();
    }
    stopping.abort();
    await poller;
    expect(ended.length).toBeGreaterThan(0);
    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['completed']));
  },
  120_000,
);

describe('NATS that is away', () => {
  scenario('faults-nats-away', 'keeps nobody from submitting; all goes on when it is back', async () => {
    provider.script = () => [text('Done.')];
    await faults.stopNats();
    const task = await submit();
    const foreground = await jan.create<JanError>({ input: 'Now' });
    expect(foreground.status).toBe(503);
    expect(Number(foreground.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await statusesOf('healthz')).toEqual([200, 200, 200, 200]);
    expect(await statusesOf('readyz')).toEqual([200, 200, 200, 200]);
    expect((await jan.get(task.id)).body.status).toBe('queued');
    await faults.startNats();
    expect((await jan.settled(task.id)).status).toBe('completed');
    await expect.poll(async () => (await jan.create({ input: 'Now' })).status, { timeout: 10_000 }).toBe(200);
  });
});

describe('PostgreSQL that is away', () => {
  scenario('faults-postgres-away', 'is told as 503, and what ran goes on when it is back', async () => {
    const goOn = Promise.withResolvers<void>();
    provider.script = () => [text('Half'), wait(goOn.promise), text(' and half.')];
    const asked = nextCall();
    const task = await submit();
    await asked;
    await faults.stopPostgres();
    for (const answer of [
      await jan.get<JanError>(task.id),
      await jan.create<JanError>({ input: 'x', background: true }),
      await jan.cancel<JanError>(task.id),
    ]) {
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(await statusesOf('healthz')).toEqual([200, 200, 200, 200]);
    expect(await statusesOf('readyz')).toEqual([503, 503, 503, 503]);
    goOn.resolve();
    await faults.startPostgres();
    await expect.poll(() => statusesOf('readyz'), { timeout: 10_000 }).toEqual([200, 200, 200, 200]);
    expect(await jan.settled(task.id)).toMatchObject({ status: 'completed', output: 'Half and half.' });
  });
});

scenario(
  'faults-hung-provider',
  'a provider that hangs is a timeout, and its connection is closed',
  async () => {
    for (const steps of [[hang()], [text('Half'), hang()]]) {
      provider.script = () => steps;
      const asked = nextCall();
      const task = await submit();
      const call = await asked;
      expect(await jan.settled(task.id)).toMatchObject({
        status: 'failed',
        error: textLike(/did not|silent|time/i),
      });
      expect((await call.closed).aborted).toBe(true);
    }
  },
);

describe('a campaign of faults', () => {
  scenario(
    'faults-campaign',
    `leaves nothing lost, nothing done twice and nothing half done (FAULT_SEED=${seed})`,
    async () => {
      const report = await runCampaign(faults, { random: new Random(seed), runs, faults: faultCount });
      process.stdout.write(
        `seed ${seed}: ${report.accepted} runs and ${report.streams} streams through ${report.faults.length} faults ` +
          `(${report.faults.join(', ')}); ${report.refused} requests refused\n`,
      );
      expect(report.violations).toEqual([]);
    },
    1_800_000,
  );
});

/** Asks as a load balancer does: only an instance that says it is ready. Whatever fails after that is seen. */
async function balanced<Answer>(ask: (client: JanClient) => Promise<Answer>): Promise<Answer> {
  return ask((await isReady(firstClient)) ? firstClient : secondClient);
}

async function isReady({ url }: JanClient): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** Of both instances of responses and both workers. */
async function statusesOf(path: string): Promise<number[]> {
  const answers = await Promise.all([...responses, ...workers].map(({ url }) => fetch(`${url}/${path}`)));
  return answers.map(({ status }) => status);
}

/** Keeps everybody else from writing a row. Resolves to what ends that. */
async function lockRow(id: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: faults.databaseUrl });
  await client.connect();
  await client.query('begin');
  await client.query('select 1 from responses.responses where id = $1 for update', [id]);
  return () => client.end();
}

/** Resolves when a run that has all its text waits for its row. */
async function untilBlocked(): Promise<void> {
  await expect
    .poll(
      () =>
        faults.query(
          `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%status = $4%'`,
        ),
      { timeout: 10_000 },
    )
    .toHaveLength(1);
}
