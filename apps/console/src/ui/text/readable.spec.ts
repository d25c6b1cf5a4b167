import { expect, it } from 'vitest';
import { readable, withoutBase64 } from './readable.ts';

const name = ({ type, size }: { type: string; size: number }) => `<${type} ${size}>`;
const data = 'A'.repeat(1_000);

it('shows JSON on lines, with real line breaks and binary data by its size', () => {
  const value = { text: 'one\ntwo', image: `data:image/png;base64,${data}`, list: [1, {}] };
  expect(readable(JSON.stringify(value), name)).toBe(
    'text: \n  one\n  two\nimage: <image/png 750>\nlist: \n  - 1\n  - {}',
  );
  expect(readable('{"broken"', name)).toBeNull();
  expect(readable('text', name)).toBeNull();
});

it('shows base64 in the head of a text by the size of the whole', () => {
  expect(withoutBase64(`{"a":"${data}`, { bytes: 20_000_006, name })).toBe('{"a":"<base64 15000000>');
  expect(withoutBase64(`x ${data} y`, { bytes: 1_004, name })).toBe('x <base64 750> y');
  expect(withoutBase64('short', { bytes: 5, name })).toBe('short');
});
