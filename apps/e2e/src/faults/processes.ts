import { setTimeout as delay } from 'node:timers/promises';
import { text, toolCall, wait } from '@antiphon/service-kit/testing';
import { describe, expect } from 'vitest';
import type { AppProcess } from '../system/app-process.ts';
import { framesOf, JanClient, type JanResponse } from '../clients/jan-client.ts';
import { textLike, textWith } from '../checks/matchers.ts';
import { expectPromptly } from '../checks/promptly.ts';
import { scenario } from '../scenario.ts';
import { dieAt, moments, victims } from './moments.ts';
import { blockedEnd, faultScenarios, isLong } from './fault-scenarios.ts';

const {
  faults,
  jan,
  runnerOf,
  lockRow,
  untilBlocked,
  provider,
  effects,
  system,
  responses,
  workers,
  runningTool,
  submit,
  receiver,
  nextCall,
} = await faultScenarios();
const [firstClient, secondClient] = responses.map(({ url }) => new JanClient(url, jan.token)) as [
  JanClient,
  JanClient,
];

/** Kills a worker and starts it again after another has taken its runs over. */
async function replace(worker: AppProcess): Promise<void> {
  await worker.kill();
  await worker.start();
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
    const backgroundClient = (async () => {
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
    backgroundClient.catch(() => stopping.abort()); // its error is checked below
    const foreground: unknown[] = [];
    const foregroundClient = (async () => {
      while (!stopping.signal.aborted) {
        const { status, body } = await balanced((client) => client.create({ input: 'Now' }));
        foreground.push([status, body.status, body.output]);
      }
    })();
    foregroundClient.catch(() => stopping.abort());
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
    await Promise.all([backgroundClient, foregroundClient]);
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

/** Sends requests like a load balancer: only to an instance that reports ready. Any later failure counts. */
async function balanced<Answer>(send: (client: JanClient) => Promise<Answer>): Promise<Answer> {
  return send((await isReady(firstClient)) ? firstClient : secondClient);
}

async function isReady({ url }: JanClient): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}
