import type { AppError } from '@antiphon/contracts';
import { testCaller, testResponse } from '@antiphon/contracts/testing';
import { expect, it } from 'vitest';
import { createParts, createRequest, stays, userSays } from '../testing/create-parts.ts';
import { answering, ended, says } from '../testing/scripted-runner.ts';
import { CompactionService } from './compaction.service.ts';

function compactionParts() {
  const parts = createParts();
  const { preparer, runner, compactions, times } = parts;
  return { ...parts, compaction: new CompactionService(preparer, runner.asRunner, compactions, times) };
}

it("keeps the user's messages, and seals a summary of the rest that only its caller can send back", async () => {
  const { compaction, inputs, memory, runner } = compactionParts();
  memory.put(ended(testResponse({ id: 'resp_1', output: [says('Hello')] })));
  runner.script = answering('They greeted each other.');
  const request = createRequest({ previousResponseId: 'resp_1', input: [userSays('Bye')] });
  const { items, sealedSummary, compactionId } = await compaction.compact(testCaller, request, stays);
  expect(items).toMatchObject([{ content: [{ text: 'Hi' }] }, { content: [{ text: 'Bye' }] }]);
  expect(sealedSummary).not.toContain('greeted');
  const sent = [{ type: 'compaction' as const, id: compactionId, sealedSummary }];
  const [summary] = await inputs.resolve(testCaller, sent, stays);
  expect(JSON.stringify(summary)).toContain('They greeted each other.');
  await expect(inputs.resolve({ ...testCaller, userId: 'user_b' }, sent, stays)).rejects.toEqual(
    expect.objectContaining({ code: 'invalid_request' }) as AppError,
  );
});

it('stores nothing, and may leave out the oldest part of a context that is too long', async () => {
  const { compaction, memory, runner } = compactionParts();
  await compaction.compact(testCaller, createRequest({ stored: false, keepsContext: true }), stays);
  expect(memory.rows.size).toBe(0);
  expect(runner.starts).toMatchObject([{ lease: null, response: { keepsContext: false } }]);
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
