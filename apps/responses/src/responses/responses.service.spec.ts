import { type AppError, responsesCancel, runsAdvanced } from '@antiphon/contracts';
import { testCaller, testResponse } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import { createParts, stays } from '../testing/create-parts.ts';
import { ended, says } from '../testing/scripted-runner.ts';

const other = { ...testCaller, userId: 'user_b' };
const refusal = (code: AppError['code']) => expect.objectContaining({ code }) as AppError;

function partsWith(...responses: Parameters<typeof testResponse>) {
  const parts = createParts();
  for (const changes of responses) parts.memory.put(testResponse(changes));
  const signals: string[] = [];
  parts.bus.subscribe(responsesCancel, () => signals.push('cancel'), 'resp_test');
  parts.bus.subscribe(runsAdvanced, () => signals.push('advanced'), 'resp_test');
  return { ...parts, signals };
}

describe('a response of another user', () => {
  it.each([
    ['retrieve', ({ responses }) => responses.retrieve(other, 'resp_test')],
    ['awaitEnd', ({ responses }) => responses.awaitEnd(other, 'resp_test', 1, stays)],
    ['cancel', ({ responses }) => responses.cancel(other, 'resp_test')],
    ['delete', ({ responses }) => responses.delete(other, 'resp_test')],
    ['inputItems', ({ responses }) => responses.inputItems(other, 'resp_test')],
    ['the list of decisions', ({ decisions }) => decisions.list(other, 'resp_test')],
    ['decideAside', ({ decisions }) => decisions.decideAside(other, 'resp_test', [])],
  ] as [string, (parts: ReturnType<typeof createParts>) => Promise<unknown>][])(
    'is not found by %s, and is unchanged',
    async (_what, ask) => {
      const parts = partsWith({});
      await expect(ask(parts)).rejects.toEqual(refusal('not_found'));
      expect(parts.memory.rows.get('resp_test')?.status).toBe('in_progress');
      expect(parts.signals).toEqual([]);
    },
  );
});

describe('cancel', () => {
  it('cancels the row and its run in any process, and wakes its readers', async () => {
    const { responses, runs, signals } = partsWith({});
    const run = runs.start('resp_test');
    const { response, wasCancelled } = await responses.cancel(testCaller, 'resp_test');
    expect([response.status, wasCancelled]).toEqual(['cancelled', true]);
    expect(run.signal.reason).toMatchObject({ code: 'cancelled' });
    await expect.poll(() => [...signals].sort()).toEqual(['advanced', 'cancel']);
  });

  it('leaves a final response as it is', async () => {
    const { responses, signals } = partsWith({ status: 'completed' });
    const { response, wasCancelled } = await responses.cancel(testCaller, 'resp_test');
    expect([response.status, wasCancelled, signals]).toEqual(['completed', false, []]);
  });
});

it('delete cancels the run first', async () => {
  const { responses, runs, memory } = partsWith({});
  const run = runs.start('resp_test');
  await responses.delete(testCaller, 'resp_test');
  expect(run.signal.aborted).toBe(true);
  expect(memory.rows.size).toBe(0);
});

describe('awaitEnd', () => {
  it('returns the response at its end', async () => {
    const { responses, memory, runEvents } = partsWith({});
    const awaited = responses.awaitEnd(testCaller, 'resp_test', 60_000, stays);
    memory.put(ended(testResponse()));
    runEvents.announce('resp_test');
    expect((await awaited).status).toBe('completed');
  });

  it('returns the current response after the wait, and when the client goes away', async () => {
    const { responses } = partsWith({});
    expect((await responses.awaitEnd(testCaller, 'resp_test', 1, stays)).status).toBe('in_progress');
    const gone = AbortSignal.abort();
    expect((await responses.awaitEnd(testCaller, 'resp_test', 60_000, gone)).status).toBe('in_progress');
  });
});

it('inputItems has the instructions, the earlier turns and the input', async () => {
  const { responses, memory } = partsWith({ instructions: 'Be brief.', previousResponseId: 'resp_1' });
  memory.put(ended(testResponse({ id: 'resp_1', output: [says('Hello')] })));
  expect(await responses.inputItems(testCaller, 'resp_test')).toMatchObject([
    { role: 'system', content: [{ text: 'Be brief.' }] },
    { role: 'user' },
    { role: 'assistant' },
    { role: 'user' },
  ]);
});

it('list refuses an `after` that names no response of the caller', async () => {
  const { responses } = partsWith({});
  const page = {
    statuses: null,
    model: null,
    conversationId: null,
    metadata: {},
    after: 'resp_other',
    limit: 10,
    order: 'desc' as const,
  };
  await expect(responses.list(testCaller, page)).rejects.toEqual(refusal('invalid_request'));
});
