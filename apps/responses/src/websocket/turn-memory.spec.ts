import { testResponse } from '@antiphon/contracts/testing';
import type { Item } from '@antiphon/contracts';
import { contextBytesMax } from '@antiphon/runtime';
import { expect, it } from 'vitest';
import { ConnectionMemory } from './turn-memory.ts';

const says = (id: string, text: string): Item => ({
  type: 'message',
  id,
  role: 'user',
  content: [{ type: 'text', text }],
  status: 'completed',
});

const turn = (id: string, changes: object = {}) =>
  testResponse({
    id,
    status: 'completed',
    stored: false,
    input: [says(`in_${id}`, 'Hi')],
    output: [says(`out_${id}`, 'Hello')],
    ...changes,
  });

const idsOf = (items: readonly Item[] | undefined) => items?.map(({ id }) => id);

it('keeps the whole context after a turn that is not stored', () => {
  const turns = new ConnectionMemory(10_000).open();
  turns.note(turn('a', { previousResponseId: 'stored' }), [says('before', 'Earlier')]);
  expect(idsOf(turns.recall('a'))).toEqual(['before', 'in_a', 'out_a']);
  turns.note(turn('b', { previousResponseId: 'a' }), turns.recall('a') ?? []);
  expect(idsOf(turns.recall('b'))).toEqual(['before', 'in_a', 'out_a', 'in_b', 'out_b']);
});

it('leaves stored turns to the store, unless they follow an unstored one', () => {
  const turns = new ConnectionMemory(10_000).open();
  turns.note(turn('a', { stored: true }), []);
  expect(turns.recall('a')).toBeUndefined();
  turns.note(turn('b'), []);
  turns.note(turn('c', { stored: true, previousResponseId: 'b' }), turns.recall('b') ?? []);
  expect(idsOf(turns.recall('c'))).toEqual(['in_b', 'out_b', 'in_c', 'out_c']);
});

it('drops the turn that a failed turn followed', () => {
  const turns = new ConnectionMemory(10_000).open();
  turns.note(turn('a'), []);
  turns.note(turn('b', { status: 'failed', previousResponseId: 'a' }), turns.recall('a') ?? []);
  expect([turns.recall('a'), turns.recall('b')]).toEqual([undefined, undefined]);
});

it('refuses to continue a context that exceeds its limit', () => {
  const turns = new ConnectionMemory(64_000_000).open();
  turns.note(turn('a', { input: [says('in_a', 'x'.repeat(contextBytesMax))] }), []);
  expect(() => turns.recall('a')).toThrowError(expect.objectContaining({ code: 'context_too_long' }));
});

it('separates connections, and drops the turns of a closed one', () => {
  const memory = new ConnectionMemory(10_000);
  const [mine, theirs] = [memory.open(), memory.open()];
  mine.note(turn('a'), []);
  expect(theirs.recall('a')).toBeUndefined();
  theirs.forget('a');
  theirs.clear();
  expect(mine.recall('a')).toBeDefined();
  mine.clear();
  expect(mine.recall('a')).toBeUndefined();
});

it('limits all connections together, and keeps no context beyond the limit', () => {
  const memory = new ConnectionMemory(1_000);
  const [mine, theirs] = [memory.open(), memory.open()];
  mine.note(turn('a'), []);
  for (const id of ['b', 'c', 'd', 'e']) theirs.note(turn(id), []);
  expect(mine.recall('a')).toBeUndefined();
  expect(theirs.recall('e')).toBeDefined();
  theirs.note(turn('large'), [says('before', 'x'.repeat(2_000))]);
  expect(theirs.recall('large')).toBeUndefined();
});
