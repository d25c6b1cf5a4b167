import { expect, it } from 'vitest';
import { replacePart } from './write-docs.ts';

const page = 'Before\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nAfter\n';

it('replaces its own part of a page repeatedly', () => {
  const once = replacePart(page, 'new\n');
  expect(once).toBe('Before\n<!-- bench: begin -->\n\nnew\n\n<!-- bench: end -->\nAfter\n');
  expect(replacePart(once, 'newer')).toBe(once.replace('new', 'newer'));
});

it('refuses a page without its part', () => {
  expect(() => replacePart('Before\n', 'new')).toThrow('has no part');
});
