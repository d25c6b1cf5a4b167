import { functionCall, type Response, type ResponseEvent } from '@antiphon/contracts';
import { testCaller, testResponse } from '@antiphon/contracts/testing';
import { expect, it } from 'vitest';
import { createParts } from '../testing/create-parts.ts';
import { ended, says } from '../testing/scripted-runner.ts';

const call = functionCall({
  id: 'fc_1',
  callId: 'call_1',
  name: 'weather',
  executor: 'client',
  state: 'pending_output',
});
const outputs = [{ callId: 'call_1', action: 'output' as const, output: 'Sunny' }];

/** A held run that pauses for one call, its reader, and the types that the reader has received. */
function holdPaused() {
  const parts = createParts();
  const { held, memory } = parts;
  const running = testResponse({ onPause: 'hold' });
  const paused: Response = { ...running, status: 'requires_action', output: [call] };
  async function* run(): AsyncGenerator<readonly ResponseEvent[]> {
    yield [{ type: 'response.in_progress', response: running }];
    memory.put(paused);
    yield [{ type: 'response.requires_action', response: paused }];
  }
  const client = new AbortController();
  const types: string[] = [];
  const isOver = (async () => {
    for await (const burst of held.hold(testCaller, run(), client.signal))
      types.push(...burst.map(({ type }) => type));
  })();
  const atPause = expect.poll(() => types.at(-1)).toBe('response.requires_action');
  return { ...parts, paused, client, types, isOver, atPause };
}

it('keeps the stream open during a pause, and continues the run when the outputs arrive', async () => {
  const { decisions, runner, types, isOver, atPause } = holdPaused();
  await atPause;
  expect(runner.starts).toEqual([]);
  await decisions.decideAside(testCaller, 'resp_test', outputs);
  await isOver;
  expect(types.slice(2)).toEqual([
    'item.changed',
    'item.added',
    'item.done',
    'response.in_progress',
    'response.completed',
  ]);
  expect(runner.starts).toMatchObject([{ lease: { responseId: 'resp_test' }, mayMove: true }]);
});

it('follows the run where a worker was faster', async () => {
  const { memory, runEvents, paused, runner, types, isOver, atPause } = holdPaused();
  await atPause;
  const done = { ...call, state: 'done' as const };
  memory.put({ ...paused, status: 'in_progress', output: [done] });
  runEvents.announce(paused.id);
  await expect.poll(() => types.at(-1)).toBe('response.in_progress');
  memory.put(ended(paused, { output: [done, says('Sunny')] }));
  runEvents.announce(paused.id);
  await isOver;
  expect(types.slice(-3)).toEqual(['item.added', 'item.done', 'response.completed']);
  expect(runner.starts).toEqual([]);
});

it('ends the stream when the client goes away during a pause, and leaves the response paused', async () => {
  const { memory, client, types, isOver, atPause } = holdPaused();
  await atPause;
  client.abort();
  await isOver;
  expect(types.at(-1)).toBe('response.requires_action');
  expect(memory.rows.get('resp_test')?.status).toBe('requires_action');
});

it('ends the stream when its response is deleted during a pause', async () => {
  const { responses, types, isOver, atPause } = holdPaused();
  await atPause;
  await responses.delete(testCaller, 'resp_test');
  await isOver;
  expect(types.at(-1)).not.toBe('response.completed');
});

it('ends its streams when the process stops', async () => {
  const { held, memory, isOver, atPause } = holdPaused();
  await atPause;
  held.beforeApplicationShutdown();
  await isOver;
  expect(memory.rows.get('resp_test')?.status).toBe('requires_action');
});
