import { functionCall } from '@antiphon/contracts';
import { plainSettings, testCaller, testResponse } from '@antiphon/contracts/testing';
import { expect, it } from 'vitest';
import { createParts } from '../testing/create-parts.ts';
import { ended, says } from '../testing/scripted-runner.ts';

const history = [says('Earlier')];
const earlier = ended(testResponse({ id: 'resp_1', modelUsed: 'model-a', output: [says('Hello')] }));

async function cacheWith(response = earlier) {
  const parts = createParts();
  parts.memory.put(response);
  await parts.answers.note(testCaller, response, history);
  return parts;
}

it('answers an equal request with new item ids, no usage, and the model that answered', async () => {
  const { answers } = await cacheWith();
  const answered = await answers.answer(testCaller, testResponse({ id: 'resp_2' }), history);
  expect(answered).toMatchObject({
    id: 'resp_2',
    status: 'completed',
    isFromCache: true,
    modelUsed: 'model-a',
    usage: { inputTokens: 0, outputTokens: 0 },
    output: [{ content: [{ text: 'Hello' }] }],
  });
  expect(answered?.output[0]?.id).not.toBe(earlier.output[0]?.id);
});

it('ignores the ids of items', async () => {
  const { answers } = await cacheWith();
  const input = testResponse().input.map((item) => ({ ...item, id: 'msg_other' }));
  await expect(answers.answer(testCaller, testResponse({ input }), history)).resolves.not.toBeNull();
});

it.each([
  ['model', { model: 'another' }],
  ['setting', { settings: { ...plainSettings, temperature: 1 } }],
  ['instruction', { instructions: 'Be brief.' }],
  ['tool', { serverTools: ['calculator'] }],
  ['input', { input: [says('Bye', 'user')] }],
])('has nothing for another %s', async (_what, changes) => {
  const { answers } = await cacheWith();
  expect(await answers.answer(testCaller, testResponse(changes), history)).toBeNull();
});

it('has no answer for another history or another user', async () => {
  const { answers } = await cacheWith();
  expect(await answers.answer(testCaller, testResponse(), [])).toBeNull();
  expect(await answers.answer({ ...testCaller, userId: 'user_b' }, testResponse(), history)).toBeNull();
});

it.each([
  ['did not complete', { status: 'incomplete' as const }],
  ['is not stored', { stored: false }],
  [
    'called a tool',
    { output: [functionCall({ id: 'fc_1', callId: 'call_1', name: 'clock', executor: 'server' })] },
  ],
])('keeps no answer of a response that %s', async (_what, changes) => {
  const { memory } = await cacheWith({ ...earlier, ...changes });
  expect(memory.answered.size).toBe(0);
});

it('has no answers and stores none while its table is unavailable', async () => {
  const { answers, memory } = await cacheWith();
  memory.answersFailure = new Error('no connection');
  expect(await answers.answer(testCaller, testResponse(), history)).toBeNull();
  await expect(answers.note(testCaller, earlier, history)).resolves.toBeUndefined();
});
