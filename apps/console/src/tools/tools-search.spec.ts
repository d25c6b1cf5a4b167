import { expect, it } from 'vitest';
import type { Tool } from './tools-api.ts';
import { filtered, readToolsSearch } from './tools-search.ts';

const tool = (name: string, description: string, label: string | null): Tool => ({
  name,
  description,
  parameters: {},
  annotations: { read_only: true, idempotent: true, destructive: false },
  approval: 'unsafe',
  needs_approval: false,
  timeout_ms: 1_000,
  server_label: label,
  in_all: true,
});

it('finds tools by all words of their names and descriptions, and by their origin', () => {
  const tools = [
    tool('calculate', 'Exact decimals', null),
    tool('notes__read', 'Reads a note', 'notes'),
    // A server may have the label that the address has for built-in tools.
    tool('built_in__read', 'Reads a Note of decimals', 'built_in'),
  ];
  const names = (search: object) => filtered(tools, search).map(({ name }) => name);
  expect(names({})).toHaveLength(3);
  expect(names({ q: ' note READ ' })).toEqual(['notes__read', 'built_in__read']);
  expect(names({ q: 'decimals', origin: 'built_in' })).toEqual(['calculate']);
  expect(names({ origin: 'server:built_in' })).toEqual(['built_in__read']);
  expect(names({ origin: 'server:gone' })).toEqual([]);
});

it('leaves out what an address cannot say', () => {
  expect(
    readToolsSearch({ tab: 'servers', server: 'notes', q: 42, origin: '', tool: {}, other: 'x' }),
  ).toEqual({
    tab: 'servers',
    server: 'notes',
    q: '42',
  });
  expect(readToolsSearch({ tab: 'other' })).toEqual({});
});
