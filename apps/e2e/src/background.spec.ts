import { hang, text, toolCall, wait } from '@antiphon/service-kit/testing';
import { afterAll, describe, expect } from 'vitest';
import type { AppProcess } from './system/app-process.ts';
import type { JanError, JanResponse } from './clients/jan-client.ts';
import { isoTime } from './clients/jan-document.ts';
import { anyNumber, textLike } from './checks/matchers.ts';
import { expectPromptly } from './checks/promptly.ts';
import { scenario, scenarioOfProcesses } from './scenario.ts';
import { expireLeases } from './system/database.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const { provider, web } = system;
const jan = await system.jan();

const nextCall = () => provider.call(provider.calls.length);
const forever = () => wait(new Promise(() => {}));
const submit = async (body: Record<string, unknown> = {}): Promise<JanResponse> => {
  const { status, body: task } = await jan.create({ input: 'Write an analysis', background: true, ...body });
  expect(status).toBe(200);
  return task;
};

describe('background', () => {
  scenario(
    ['jan-background', 'jan-background-runs', 'jan-times'],
    'is queued, runs and completes',
    async () => {
      const goOn = Promise.withResolvers<void>();
      provider.script = ({ toolOutputs }) =>
        toolOutputs.length === 0
          ? [toolCall('google_search', { q: 'AI safety' }), wait(goOn.promise)]
          : [text('The comprehensive analysis.')];
      const asked = nextCall();
      const before = Math.floor(Date.now() / 1000);
      const task = await submit({ store: true, metadata: { user_id: 'user_123', task_type: 'analysis' } });
      expect(task).toEqual({
        id: textLike(/^resp_/),
        model: 'jan-v2-30b',
        input: 'Write an analysis',
        status: 'queued',
        background: true,
        store: true,
        created_at: textLike(isoTime),
        queued_at: anyNumber,
        usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
        tool_executions: [],
        metadata: { user_id: 'user_123', task_type: 'analysis' },
      });

      await asked;
      const running = (await jan.get(task.id)).body;
      expect(running).toMatchObject({
        status: 'in_progress',
        queued_at: task.queued_at,
        started_at: anyNumber,
      });
      expect(running.output).toBeUndefined();

      goOn.resolve();
      const done = await jan.settled(task.id);
      const now = Math.ceil(Date.now() / 1000);
      expect(done).toMatchObject({
        id: task.id,
        status: 'completed',
        output: 'The comprehensive analysis.',
        background: true,
        usage: { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 },
        tool_executions: [{ tool_name: 'google_search', depth: 0, status: 'completed' }],
      });
      for (const time of [done.queued_at, done.started_at, done.completed_at]) {
        expect(time).toSatisfy(Number.isInteger);
        expect(time).toBeGreaterThanOrEqual(before);
        expect(time).toBeLessThanOrEqual(now);
      }
    },
  );

  scenario('jan-background-store', 'needs to be stored', async () => {
    const { status, body } = await jan.create<JanError>({ input: 'x', background: true, store: false });
    expect(status).toBe(400);
    expect(body.error.message).toContain('background mode requires store=true');
  });

  scenario('jan-background-stream', 'answers JSON also when the request asks for a stream', async () => {
    const { headers, body } = await jan.create({ input: 'x', background: true, stream: true });
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(body.status).toBe('queued');
    await jan.settled(body.id);
  });

  scenario('jan-background-failed', 'fails as a response, with a sentence', async () => {
    provider.script = () => [toolCall('google_search', { q: 'more' })];
    const task = await submit({ metadata: { max_depth: 2 } });
    const failed = await jan.settled(task.id);
    expect(failed).toMatchObject({
      status: 'failed',
      error: 'Tool execution exceeded maximum depth of 2',
      completed_at: anyNumber,
    });
    expect(failed.tool_executions).toHaveLength(2);
  });
});

describe('cancel', () => {
  scenario(
    ['jan-cancel', 'jan-cancel-aborts', 'jan-cancel-final'],
    'stops a running task at once',
    async () => {
      provider.script = () => [text('Half an'), forever()];
      const cancelled: JanResponse[] = [];
      await expectPromptly(async () => {
        const asked = nextCall();
        const task = await submit();
        const call = await asked;
        await jan.until(task.id, 'in_progress');
        const cancelledAtMs = performance.now();
        const { status, body } = await jan.cancel(task.id);
        expect(status).toBe(200);
        expect(body).toMatchObject({
          id: task.id,
          status: 'cancelled',
          cancelled_at: anyNumber,
        });
        cancelled.push(body);
        const { aborted, atMs } = await call.closed;
        expect(aborted).toBe(true);
        return atMs - cancelledAtMs;
      });

      // The runs have ended when the next one completes: their late events changed nothing.
      provider.script = () => [text('Next.')];
      await jan.settled((await submit()).id);
      for (const { id, cancelled_at } of cancelled) {
        const after = (await jan.get(id)).body;
        expect(after).toMatchObject({ status: 'cancelled', cancelled_at });
        expect(await jan.cancel(id)).toMatchObject({ status: 200, body: after });
      }
    },
  );

  scenario('jan-cancel-aborts', 'stops a running tool, too', async () => {
    provider.script = () => [toolCall('scrape', { url: `${web.url}/hang` })];
    const asked = nextCall();
    const task = await submit();
    await (
      await asked
    ).closed;
    const { body } = await jan.cancel(task.id);
    expect(body.status).toBe('cancelled');
    // Its slot is free again: as many runs as there are slots can run.
    provider.script = () => [text('Free.')];
    const others = await Promise.all([submit(), submit()]);
    for (const { id } of others) expect((await jan.settled(id)).status).toBe('completed');
    expect((await jan.get(task.id)).body.status).toBe('cancelled');
  });

  scenario('jan-cancel-queued', 'removes a queued run from the queue', async () => {
    provider.script = () => [text('Busy'), forever()];
    const [first, second] = [nextCall(), provider.call(provider.calls.length + 1)];
    const busy = await Promise.all([submit(), submit()]);
    await Promise.all([first, second]);
    const callsBefore = provider.calls.length;

    const waiting = await submit({ input: 'Wait for a slot' });
    const { status, body } = await jan.cancel(waiting.id);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'cancelled',
      cancelled_at: anyNumber,
      queued_at: waiting.queued_at,
    });
    expect(body.started_at).toBeUndefined();

    for (const { id } of busy) expect((await jan.cancel(id)).body.status).toBe('cancelled');
    provider.script = () => [text('Next.')];
    await jan.settled((await submit()).id);
    expect((await jan.get(waiting.id)).body).toEqual(body);
    expect(provider.calls.slice(callsBefore).map(({ userText }) => userText)).not.toContain(
      'Wait for a slot',
    );
  });

  scenario('jan-cancel-final', 'does not change a response that has ended', async () => {
    for (const background of [true, false]) {
      const { body } = await jan.create({ input: 'Hello', background });
      const done = await jan.settled(body.id);
      expect(await jan.cancel(body.id)).toMatchObject({ status: 200, body: done });
    }
  });

  scenario('jan-delete-running', 'delete cancels first', async () => {
    provider.script = () => [text('Half'), forever()];
    await expectPromptly(async () => {
      const asked = nextCall();
      const task = await submit();
      const call = await asked;
      const deletedAtMs = performance.now();
      expect((await jan.delete(task.id)).status).toBe(204);
      const { aborted, atMs } = await call.closed;
      expect(aborted).toBe(true);
      expect((await jan.get(task.id)).status).toBe(404);
      return atMs - deletedAtMs;
    });
  });
});

/** Each scenario uses the worker that the previous scenario has left running. */
describe('a worker that goes away', () => {
  let another: AppProcess | undefined;

  afterAll(async () => {
    if (!another) return;
    await system.app('worker').start();
    await another.stop();
  });

  scenarioOfProcesses(
    'background-crash',
    'is replaced by another, which repeats no finished tool call',
    async () => {
      const page = '/pages/read-once';
      let isFirstRunner = true;
      provider.script = ({ toolOutputs }) => {
        if (toolOutputs.length === 0)
          return [toolCall('scrape', { url: web.url + page }, { id: 'call_once' })];
        return isFirstRunner ? [text('Half of it'), hang()] : [text('From what was read.')];
      };
      const second = provider.call(provider.calls.length + 1);
      const task = await submit();
      await second;
      another = await system.startAnother('worker');
      isFirstRunner = false;
      await system.kill('worker');
      await expireLeases();

      const done = await jan.settled(task.id);
      expect(done).toMatchObject({ status: 'completed', output: 'From what was read.' });
      expect(done.tool_executions).toMatchObject([{ call_id: 'call_once', status: 'completed', depth: 0 }]);
      expect(web.countOf(page)).toBe(1);
    },
  );

  scenarioOfProcesses(
    'background-crash',
    'delays accepted runs until a worker starts again, and loses none',
    async () => {
      let isFirstRunner = true;
      provider.script = () => (isFirstRunner ? [text('Half'), hang()] : [text('All of it.')]);
      const asked = nextCall();
      const task = await submit();
      await asked;
      await another?.kill();
      await expireLeases();
      const queuedMeanwhile = await submit();
      isFirstRunner = false;
      await system.app('worker').start();
      expect(await jan.settled(task.id)).toMatchObject({ status: 'completed', output: 'All of it.' });
      expect(await jan.settled(queuedMeanwhile.id)).toMatchObject({ status: 'completed' });
    },
  );

  scenarioOfProcesses('background-hand-over', 'hands its runs over when it is stopped', async () => {
    let isFirstRunner = true;
    provider.script = () => (isFirstRunner ? [text('Half'), hang()] : [text('All of it.')]);
    const asked = nextCall();
    const task = await submit();
    await asked;
    await another?.start({ BACKGROUND_TASK_TIMEOUT: '800ms' });
    isFirstRunner = false;
    await system.app('worker').stop();
    expect(await jan.settled(task.id)).toMatchObject({ status: 'completed', output: 'All of it.' });
  });

  scenarioOfProcesses('jan-background-timeout', 'fails a run that exceeds its time limit', async () => {
    provider.script = () => [toolCall('scrape', { url: `${web.url}/hang` })];
    const failed = await jan.settled((await submit()).id);
    expect(failed).toMatchObject({ status: 'failed', error: textLike(/time/) });
  });
});
