import { expect, it } from 'vitest';
import { readDataUrl } from './data-url.ts';

it.each([
  ['data:image/PNG;base64,aGk=', { mediaType: 'image/png', base64: 'aGk=' }],
  ['DATA:text/html;charset=utf-8;BASE64,aGk=', { mediaType: 'text/html', base64: 'aGk=' }],
  ['data:,h%69', { mediaType: 'text/plain', base64: 'aGk=' }],
  ['data:text/csv,a,b', { mediaType: 'text/csv', base64: 'YSxi' }],
  ['data:,', { mediaType: 'text/plain', base64: '' }],
  ['data:image/png;base64', null],
  ['data:,%zz', null],
  ['https://a.example/b,c', null],
])('%s', (url, expected) => {
  expect(readDataUrl(url)).toEqual(expected);
});
