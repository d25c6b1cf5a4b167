import { describe, expect, it } from 'vitest';
import type { WireItem } from '../../api/items.ts';
import type { ToolCall } from '../../api/runs.ts';
import { itemsBefore } from './fork.ts';

const item = (id: string, type: string): WireItem => ({ id, type });
const turn = (index: number, ...ids: string[]) => ({
  index,
  tool_calls: ids.map((id) => ({ item_id: id }) as ToolCall),
});

describe('the conversation before a turn', () => {
  const output = [
    item('thought', 'reasoning'),
    item('a', 'mcp_call'),
    item('b', 'mcp_call'),
    item('note', 'message'),
    item('c', 'mcp_call'),
    item('answer', 'message'),
  ];
  const turns = [turn(0, 'a', 'b'), turn(1, 'c'), turn(2)];

  it.each([
    [0, []],
    [1, ['thought', 'a', 'b']],
    [2, ['thought', 'a', 'b', 'note', 'c']],
  ])('of turn %i ends with the calls of the turn before', (index, ids) => {
    expect(itemsBefore(index, output, turns).map(({ id }) => id)).toEqual(ids);
  });
});
