import { expect, it } from 'vitest';
import { isId, newId } from './ids.ts';

it('makes different ids of one kind, in the order of their time', () => {
  const ids = Array.from({ length: 10_000 }, () => newId('response', 1_795_000_000_000));
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => isId('response', id) && !isId('message', id))).toBe(true);
  const [earlier = '', later = ''] = [
    newId('message', 1_795_000_000_000),
    newId('message', 1_795_000_000_001),
  ];
  expect(earlier < later).toBe(true);
});

it.each([
  'resp_',
  'resp_abc',
  'resp_' + 'a'.repeat(41),
  'resp_aaaaaaaaaaaaaaaaaaaaaaaa*',
  'msg_aaaaaaaaaaaaaaaaaaaaaaaa',
  "resp_' or 1=1",
])('does not take %s for the id of a response', (text) => expect(isId('response', text)).toBe(false));
