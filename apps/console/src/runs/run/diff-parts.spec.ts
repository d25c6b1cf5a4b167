import { presentableDiff } from '@codemirror/merge';
import { expect, it } from 'vitest';
import { diffParts } from './diff-parts.ts';

it('shows what a decision removed and added, by words', () => {
  const before = '{\n  "to": "all",\n  "total": 100,\n  "rest": 4\n}';
  const after = '{\n  "to": "team",\n  "total": 90,\n  "rest": 4,\n  "dry": true\n}';
  const parts = diffParts(before, after, presentableDiff(before, after));
  const without = (left: string) => parts.flatMap(({ kind, text }) => (kind === left ? [] : text)).join('');
  expect(without('added')).toBe(before);
  expect(without('removed')).toBe(after);
  expect(parts).toContainEqual({ kind: 'removed', text: 'all' });
  expect(parts).toContainEqual({ kind: 'added', text: 'team' });
  expect(parts).toContainEqual({ kind: 'removed', text: '100' });
  expect(parts).toContainEqual({ kind: 'added', text: '90' });
});
