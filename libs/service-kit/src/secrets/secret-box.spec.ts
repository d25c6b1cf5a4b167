import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { SecretBox } from './secret-box.ts';

const box = SecretBox.from(randomBytes(32).toString('base64'));

it('opens what it sealed, for the same context only', () => {
  const sealed = box.seal('a secret: ü', 'keys|1');
  expect(sealed).not.toContain('secret');
  expect(box.open(sealed, 'keys|1')).toBe('a secret: ü');
  expect(() => box.open(sealed, 'keys|2')).toThrow();
});

it('does not open a changed text, or one sealed with another key', () => {
  const sealed = box.seal('text', 'c');
  const bytes = Buffer.from(sealed.slice(3), 'base64');
  bytes[14] = (bytes[14] ?? 0) ^ 1;
  expect(() => box.open(`v1.${bytes.toString('base64')}`, 'c')).toThrow();
  expect(() => SecretBox.from(randomBytes(32).toString('base64')).open(sealed, 'c')).toThrow();
});

it('seals the same text differently each time', () => {
  expect(box.seal('text', 'c')).not.toBe(box.seal('text', 'c'));
});
