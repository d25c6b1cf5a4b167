import { expect, it } from 'vitest';
import { addEvents, eventRowsMax } from './event-rows.ts';

const delta = (number: number, item: string, text: string) => ({
  type: 'response.output_text.delta',
  sequence_number: number,
  item_id: item,
  delta: text,
});

it('joins deltas of a part, over several additions', () => {
  const first = addEvents([], [{ type: 'response.created', sequence_number: 0 }, delta(1, 'a', 'one ')]);
  const rows = addEvents(first, [delta(2, 'a', 'two'), delta(3, 'b', 'other')]);
  expect(rows.map(({ first: from, last, text }) => [from, last, text])).toEqual([
    [0, 0, ''],
    [1, 2, 'one two'],
    [3, 3, 'other'],
  ]);
});

it('keeps the newest rows', () => {
  const events = Array.from({ length: eventRowsMax + 10 }, (_, number) => ({
    type: 'event',
    sequence_number: number,
  }));
  const rows = addEvents([], events);
  expect([rows.length, rows[0]?.first]).toEqual([eventRowsMax, 10]);
});
