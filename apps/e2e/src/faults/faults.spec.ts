import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { hang, text, toolCall, wait } from '@antiphon/service-kit/testing';
import pg from 'pg';
import { afterAll, afterEach, describe, expect } from 'vitest';
import type { AppProcess } from '../system/app-process.ts';
import { framesOf, JanClient, type JanError, type JanResponse } from '../clients/jan-client.ts';
import { textLike, textWith } from '../checks/matchers.ts';
import { expectPromptly } from '../checks/promptly.ts';
import { scenario } from '../scenario.ts';
import { EventReader } from '../clients/event-reader.ts';
import { type CampaignReport, runCampaign } from './campaign.ts';
import { FaultSystem } from './fault-system.ts';
import { endedTwice, keepJournal, movesOf } from './journal.ts';
import { dieAt, moments, victims } from './moments.ts';
import { Random } from '../checks/random.ts';

/** `npm run test:faults` runs long; `npm test` has a short form. */
const isLong = process.env.FAULTS === 'long';
const runs = Number(process.env.FAULT_RUNS ?? (isLong ? 300 : 24));
const faultCount = Number(process.env.FAULT_COUNT ?? (isLong ? 80 : 6));
const seed = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** The long form must not fail because the machine is busy. */
const patience = { providers: { first_byte_timeout: '5s', silence_timeout: '8s' } };

const faults = await FaultSystem.start(isLong ? patience : {});
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

/** Returns the worker that runs a response. */
async function runnerOf(id: string): Promise<AppProcess> {
  const [row] = await faults.query<{ owner: string }>(
    'select lease_owner as owner from responses.responses where id = $1',
    [id],
  );
  const runner = workers.find(({ pid }) => row?.owner === `${hostname()}:${pid}`);
  if (!runner) throw new Error(`no worker runs ${id}: ${JSON.stringify(row)}`);
  return runner;
}

/** Kills a worker and starts it again after another has taken its runs over. */
async function replace(worker: AppProcess): Promise<void> {
  await worker.kill();
  await worker.start();
}

/** Starts a run whose only tool has had its effect and gets no reply. */
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
    'after a tool had its effect: it is not called again, and the model reads that its outcome is unknown',
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

  scenario('faults-end', 'before the end is committed: it ends once, with one webhook id', async () => {
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
    // PostgreSQL goes on with the statement of a client that is gone: it ends here, so that nothing is committed.
    await faults.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${blockedEnd}`);
    await unlock();
    const [done] = await Promise.all([again.then(() => jan.settled(task.id)), runner.start()]);
    expect(done).toMatchObject({ status: 'completed', output: 'Nearly done.' });
    await receiver.received('end-once', 1);
    expect(new Set(receiver.deliveriesAt('end-once').map(({ headers }) => headers['webhook-id'])).size).toBe(
      1,
    );
  });
});

scenario(
  'faults-write',
  'a stopping worker waits for a running tool, and stores its output for the next worker',
  async () => {
    const task = await runningTool('post_http_requests', '/write-and-stop');
    const runner = await runnerOf(task.id);
    const isHandingOver = runner.says(/giving back runs/);
    const stopped = runner.stop();
    await isHandingOver;
    effects.release('/write-and-stop', { andHeld: true });
    expect(await jan.settled(task.id)).toMatchObject({
      status: 'completed',
      output: textWith('/write-and-stop'),
    });
    expect(effects.at('/write-and-stop')).toHaveLength(1);
    await stopped;
    await runner.start();
  },
);

scenario(
  'faults-frozen',
  'a worker that is frozen for longer than its lease writes nothing afterwards',
  async () => {
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
  },
);

describe('a cancel', () => {
  scenario('faults-cancel', 'at any instance reaches a tool on any other', async () => {
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

  scenario('faults-cancel', 'ends a run that waits for its caller', async () => {
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
  'while every service is restarted in turn clients that poll or wait see no error, and open streams end well',
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
    poller.catch(() => stopping.abort()); // its error is checked below
    const foreground: unknown[] = [];
    const asker = (async () => {
      while (!stopping.signal.aborted) {
        const { status, body } = await balanced((client) => client.create({ input: 'Now' }));
        foreground.push([status, body.status, body.output]);
      }
    })();
    asker.catch(() => stopping.abort());
    const behind = ['llm', 'mcp'] as const;
    const others = isLong ? await Promise.all(behind.map((name) => system.startAnother(name))) : [];
    for (const app of [
      ...responses,
      ...(isLong ? workers : workers.slice(1)),
      ...(isLong ? [...behind.map((name) => system.app(name)), ...others, system.app('auth')] : []),
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
    await Promise.all([poller, asker]);
    await Promise.all(others.map((app) => app.stop()));
    expect(ended.length).toBeGreaterThan(0);
    expect(foreground.length).toBeGreaterThan(0);
    expect(new Set(foreground.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify([200, 'completed', 'All well.'])]),
    );
    expect(new Set(ended.map(({ status }) => status))).toEqual(new Set(['completed']));
  },
  240_000,
);

describe('NATS that is away', () => {
  scenario('faults-nats-away', 'still allows submitting; everything continues when it returns', async () => {
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

  scenario(
    'faults-nats-wiped',
    'and has lost its store delays no run, and gets the events that follow',
    async () => {
      provider.script = () => [text('Done.')];
      await faults.wipeNats();
      const task = await submit();
      expect((await jan.settled(task.id)).status).toBe('completed');
      const reader = await EventReader.open(faults.eventsUrl, 'the beginning');
      await reader.until('events.usage.recorded', (data) => data['responseId'] === task.id);
      expect(reader.of(task.id).map(({ subject }) => subject)).toEqual([
        'events.responses.created',
        'events.responses.queued',
        'events.responses.in_progress',
        'events.responses.completed',
        'events.usage.recorded',
      ]);
      await reader.close();
    },
  );
});

describe('PostgreSQL that is away', () => {
  scenario('faults-postgres-away', 'is a 503, and runs continue when it returns', async () => {
    // Never silent for long, and still running when the database goes away.
    const drops = Array.from({ length: 40 }, () => [wait(100), text('.')]).flat();
    provider.script = ({ userText }) =>
      userText === 'Work' ? [text('Half'), ...drops, text(' and half.')] : [text('Hello.')];
    const asked = nextCall();
    const task = await submit();
    await asked;
    await faults.stopPostgres();
    const answers = await Promise.all(everyRoute.map((route) => askRoute(route, task.id)));
    const wrong = answers.filter(
      ({ status, retryAfter }) => status >= 500 && !(status === 503 && retryAfter > 0),
    );
    expect(wrong).toEqual([]);
    const away = answers
      .filter(({ status }) => status === 503)
      .map(({ route }) => route.replaceAll(/\{\w+\}/g, '{}'));
    expect(away).toEqual(
      expect.arrayContaining([
        'GET /responses/v1/responses/{}',
        'POST /responses/v1/responses',
        'POST /responses/v1/responses/{}/cancel',
        'POST /llm/auth/guest-login',
      ]),
    );
    expect(await statusesOf('healthz')).toEqual([200, 200, 200, 200]);
    expect(await statusesOf('readyz')).toEqual([503, 503, 503, 503]);
    await faults.startPostgres();
    await expect.poll(() => statusesOf('readyz'), { timeout: 10_000 }).toEqual([200, 200, 200, 200]);
    expect(await jan.settled(task.id)).toMatchObject({
      status: 'completed',
      output: textLike(/^Half\.{40} and half\.$/),
    });
  });

  scenario('faults-postgres-away', 'without closing its connections is a 503, too', async () => {
    const { id } = await submit();
    await jan.settled(id);
    const thaw = await faults.freezePostgres();
    try {
      const answers = await Promise.all([
        jan.get<JanError>(id),
        jan.create<JanError>({ input: 'x', background: true }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([503, 503]);
      expect(await statusesOf('readyz')).toEqual([503, 503, 503, 503]);
      expect(await statusesOf('healthz')).toEqual([200, 200, 200, 200]);
    } finally {
      thaw();
    }
    await expect.poll(() => statusesOf('readyz'), { timeout: 10_000 }).toEqual([200, 200, 200, 200]);
    expect((await jan.settled((await submit()).id)).status).toBe('completed');
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
      // A turn that has begun is requested again, and each attempt may be silent for a while.
      await expect
        .poll(async () => (await jan.get(task.id)).body, { timeout: 60_000 })
        .toMatchObject({ status: 'failed', error: textLike(/did not|silent|time/i) });
      expect((await call.closed).aborted).toBe(true);
    }
  },
  90_000,
);

describe('a tools service that is away for a moment', () => {
  scenario(
    'faults-tools-restart',
    'delays runs, and loses no call',
    async () => {
      const mcp = system.app('mcp');
      const goOn = Promise.withResolvers<void>();
      provider.script = ({ userText, toolOutputs }) =>
        toolOutputs.length === 0
          ? [wait(goOn.promise), toolCall('post_http_requests', { url: `${effects.url}/${userText}` })]
          : [text(`It said: ${toolOutputs[0]}`)];
      const callsBefore = provider.calls.length;
      const task = await submit({ input: 'in-the-background' });
      const foreground = jan.create({ input: 'in-the-foreground' });
      await provider.call(callsBefore + 1);
      await mcp.kill();
      goOn.resolve();
      await expect.poll(callsUnderWay, { timeout: 10_000 }).toBe(2);
      await mcp.start();
      expect(await jan.settled(task.id)).toMatchObject({
        status: 'completed',
        output: textWith('/in-the-back'),
      });
      expect((await foreground).body).toMatchObject({
        status: 'completed',
        output: textWith('/in-the-fore'),
      });
      for (const path of ['/in-the-background', '/in-the-foreground'])
        expect(effects.at(path), path).toHaveLength(1);
    },
    60_000,
  );

  scenario(
    'faults-tools-restart',
    'repeats a running read-only call',
    async () => {
      const mcp = system.app('mcp');
      const task = await runningTool('get_http_requests', '/read-while-killed');
      await mcp.kill();
      effects.release('/read-while-killed');
      await mcp.start();
      expect(await jan.settled(task.id)).toMatchObject({
        status: 'completed',
        output: textWith('/read-while-killed'),
      });
      expect(effects.at('/read-while-killed').map(({ key }) => key)).toEqual([
        `${task.id}:0:0`,
        `${task.id}:0:0`,
      ]);
    },
    60_000,
  );

  scenario(
    'faults-write',
    'never repeats a running call that changes something',
    async () => {
      const mcp = system.app('mcp');
      const task = await runningTool('post_http_requests', '/write-while-killed');
      await mcp.kill();
      effects.release('/write-while-killed');
      await mcp.start();
      expect(await jan.settled(task.id)).toMatchObject({
        status: 'completed',
        output: textLike(/unknown.*may have taken effect/),
      });
      expect(effects.at('/write-while-killed')).toHaveLength(1);
    },
    60_000,
  );
});

scenario(
  'faults-llm-killed',
  'an llm service that is killed during turns fails no run with unread text',
  async () => {
    const neverEnds = wait(new Promise(() => {}));
    let isKilled = false;
    provider.script = ({ userText }) =>
      isKilled ? [text(`All of ${userText}.`)] : [text('Half'), neverEnds];
    const callsBefore = provider.calls.length;
    const inputs = Array.from({ length: 6 }, (_, i) => `work-${i}`);
    const tasks = await Promise.all(inputs.map((input) => submit({ input })));
    const plain = jan.create({ input: 'plain' });
    const stream = await jan.open({ input: 'stream' });
    await provider.call(callsBefore + inputs.length + 1);
    const frames = framesOf(stream);
    const heard: unknown[] = [];
    const hasHeard = Promise.withResolvers<void>();
    const reading = (async () => {
      for await (const frame of frames) {
        heard.push(frame);
        if (JSON.stringify(frame).includes('Half')) hasHeard.resolve();
      }
    })();
    await hasHeard.promise;
    const llm = system.app('llm');
    await llm.kill();
    isKilled = true;
    await llm.start();
    for (const [i, task] of tasks.entries())
      expect(await jan.settled(task.id)).toMatchObject({ status: 'completed', output: `All of work-${i}.` });
    expect((await plain).body).toMatchObject({ status: 'completed', output: 'All of plain.' });
    await reading;
    expect(heard.at(-1)).toEqual({ data: '[DONE]' });
    expect((await jan.get(stream.headers.get('x-response-id') ?? '')).body).toMatchObject({
      status: 'failed',
      output: 'Half',
    });
  },
  60_000,
);

// All parts at all moments take minutes; the likeliest failures have scenarios of their own above.
if (isLong) {
  describe.each(victims)('%s that is killed', (victim) => {
    for (const moment of moments) {
      scenario(
        'faults-moments',
        `at the moment "${moment}" loses nothing and repeats nothing`,
        () => dieAt(moment, victim, faults, { jan, runnerOf, lockRow, untilBlocked }),
        180_000,
      );
    }
  });
}

describe('a campaign of faults', () => {
  scenario(
    'faults-campaign',
    `loses nothing, repeats nothing and leaves nothing unfinished (FAULT_SEED=${seed})`,
    async () => {
      const result = await runCampaign(faults, {
        random: new Random(seed),
        runs,
        faults: faultCount,
        victims: 'all',
        report,
      });
      report(summaryOf(result));
      expect(result.violations).toEqual([]);
    },
    1_800_000,
  );

  scenario(
    'faults-effects',
    `of llm and mcp loses no effect of a tool and repeats none (FAULT_SEED=${seed})`,
    async () => {
      const result = await runCampaign(faults, {
        // Its runs have names of their own.
        random: new Random(seed + 1),
        runs,
        faults: Math.ceil(faultCount / 2),
        victims: 'llm and mcp',
        report,
      });
      report(summaryOf(result));
      expect(result.violations).toEqual([]);
    },
    1_800_000,
  );
});

function report(progress: string): void {
  process.stdout.write(`${progress}\n`);
}

function summaryOf(result: CampaignReport): string {
  const { accepted, turns, followed, streams, refused, unknownOutcomes } = result;
  return (
    `seed ${seed}: ${accepted} runs, ${turns} of them in conversations, ${followed} that were followed and ` +
    `${streams} streams through ${result.faults.length} faults (${result.faults.join(', ')}); ` +
    `${refused} requests refused, ${unknownOutcomes.length} calls of unknown outcome without an effect`
  );
}

/** Tool calls that have started and not returned. */
async function callsUnderWay(): Promise<number> {
  const [row] = await faults.query<{ count: string }>(
    `select count(*) from responses.responses where status = 'in_progress' and body->>'output' like '%"started"%'`,
  );
  return Number(row?.count);
}

/** Sends requests like a load balancer: only to an instance that reports ready. Any later failure counts. */
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

/** Locks a row against writes. Resolves to the function that unlocks it. */
async function lockRow(id: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: faults.databaseUrl });
  client.on('error', () => undefined); // the server may be the part that dies
  await client.connect();
  await client.query('begin');
  await client.query('select 1 from responses.responses where id = $1 for update', [id]);
  return () => client.end().catch(() => undefined);
}

/** The routes of the API documents, and those that the other services serve besides. */
const document = (await (await fetch(`${firstClient.url}/docs/openapi.json`)).json()) as {
  paths: Record<string, Record<string, unknown>>;
};
const everyRoute = [
  ...Object.entries(document.paths).flatMap(([path, methods]) =>
    ['get', 'post', 'patch', 'delete']
      .filter((method) => method in methods)
      .map((method) => `${method.toUpperCase()} ${path}`),
  ),
  ...['guest-login', 'refresh-token', 'validate', 'upgrade', 'logout', 'revoke', 'api-keys'].map(
    (name) => `POST /llm/auth/${name}`,
  ),
  ...['me', 'api-keys'].map((name) => `GET /llm/auth/${name}`),
  ...['GET /v1/models', 'POST /v1/chat/completions', 'GET /v1/mcp/servers', 'POST /v1/mcp/servers'],
];

async function askRoute(
  route: string,
  id: string,
): Promise<{ route: string; status: number; retryAfter: number; text: string }> {
  const [method = '', path = ''] = route.split(' ');
  const body = {
    ...{ model: 'jan-v2-30b', input: 'x', background: true, messages: [{ role: 'user', content: 'x' }] },
    ...{
      url: 'https://example.com/hook',
      event_types: ['response.completed'],
      refresh_token: 'x',
      name: 'x',
    },
  };
  const { status, headers, text } = await jan.request(method, path.replaceAll(/\{\w+\}/g, id), {
    headers: { 'content-type': 'application/json' },
    ...(method !== 'GET' && { body: JSON.stringify(body) }),
  });
  return { route, status, retryAfter: Number(headers.get('retry-after')), text };
}

/** The statement that ends a run, as it waits for the row. */
const blockedEnd = `wait_event_type = 'Lock' and query like 'with new as materialized (%'`;

/** Resolves when a run that has all its text waits for its row. */
async function untilBlocked(): Promise<void> {
  await expect
    .poll(() => faults.query(`select 1 from pg_stat_activity where ${blockedEnd}`), { timeout: 10_000 })
    .toHaveLength(1);
}
