import type { AppError } from '@antiphon/contracts';
import { testCaller, testResponse } from '@antiphon/contracts/testing';
import { CompactionBox } from '@antiphon/runtime';
import { SecretBox } from '@antiphon/service-kit';
import { expect, it } from 'vitest';
import { createParts, createRequest, stays, testKey, userSays } from '../testing/create-parts.ts';
import { ended, type RunScript, says } from '../testing/scripted-runner.ts';
import { CompactionService } from './compaction.service.ts';

const box = new CompactionBox(SecretBox.from(testKey));
const sealSummary = (summary: string) => box.seal(testCaller, summary);

function compactionParts() {
  const parts = createParts();
  const { preparer, runner, times } = parts;
  return { ...parts, compaction: new CompactionService(preparer, runner.asRunner, times) };
}

/** A run that ends with a compaction. */
const summing: RunScript = ({ response }) => {
  const sealed = sealSummary('They greeted each other.');
  const item = { type: 'compaction', id: 'cmp_1', text: '', sealed, status: 'completed' } as const;
  return [[{ type: 'response.completed', response: ended(response, { output: [item] }) }]];
};

it("keeps the user's messages, and has a summary of the rest that only its caller can send back", async () => {
  const { compaction, inputs, memory, runner } = compactionParts();
  memory.put(ended(testResponse({ id: 'resp_1', output: [says('Hello')] })));
  runner.script = summing;
  const request = createRequest({ previousResponseId: 'resp_1', input: [userSays('Bye')] });
  const { items } = await compaction.compact(testCaller, request, stays);
  expect(items).toMatchObject([
    { content: [{ text: 'Hi' }] },
    { content: [{ text: 'Bye' }] },
    { type: 'compaction', id: 'cmp_1' },
  ]);
  expect(runner.starts).toMatchObject([{ response: { compacts: true } }]);
  const sealed = sealSummary('They greeted each other.');
  const sent = [{ type: 'sealed_compaction' as const, id: 'cmp_1', sealed }];
  expect(await inputs.resolve(testCaller, sent, stays)).toEqual([
    { type: 'compaction', id: 'cmp_1', text: 'They greeted each other.', sealed, status: 'completed' },
  ]);
  await expect(inputs.resolve({ ...testCaller, userId: 'user_b' }, sent, stays)).rejects.toEqual(
    expect.objectContaining({ code: 'invalid_request' }) as AppError,
  );
});

it('stores nothing', async () => {
  const { compaction, memory, runner } = compactionParts();
  runner.script = summing;
  await compaction.compact(testCaller, createRequest({ stored: false }), stays);
  expect(memory.rows.size).toBe(0);
  expect(runner.starts).toMatchObject([{ lease: null }]);
});

it('fails where the run of its summary does not complete', async () => {
  const { compaction, runner } = compactionParts();
  runner.script = ({ response }) => [
    [{ type: 'response.incomplete', response: ended(response, { status: 'incomplete' }) }],
  ];
  await expect(compaction.compact(testCaller, createRequest({ stored: false }), stays)).rejects.toEqual(
    expect.objectContaining({ code: 'model_error' }) as AppError,
  );
});

it('counts the context of a request with its history, and creates nothing', async () => {
  const { compaction, memory } = compactionParts();
  memory.put(ended(testResponse({ id: 'resp_1', output: [says('Hello')] })));
  const request = createRequest({ previousResponseId: 'resp_1' });
  expect(await compaction.count(testCaller, request, stays)).toBe(3);
  expect(memory.rows.size).toBe(1);
});
