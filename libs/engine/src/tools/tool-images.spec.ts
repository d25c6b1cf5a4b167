import type { ContentPart, FunctionCallOutputItem } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { outputOf, withNewestImages } from './tool-images.ts';

const megabyte = 1024 * 1024;
const image = (bytes: number) => ({
  type: 'image' as const,
  url: `data:image/png;base64,${'A'.repeat(bytes)}`,
});
const outputItem = (id: string, output: FunctionCallOutputItem['output']): FunctionCallOutputItem => ({
  type: 'function_call_output',
  id,
  callId: id,
  output,
  status: 'completed',
});
const kindsOf = ({ output }: { output?: unknown }) => (output as ContentPart[]).map(({ type }) => type);

describe('the output of a tool', () => {
  it('has the text and the images', () => {
    expect(outputOf({ output: 'Drawn.' }, [])).toBe('Drawn.');
    expect(outputOf({ output: 'Drawn.', images: [image(4)] }, [])).toEqual([
      { type: 'text', text: 'Drawn.' },
      image(4),
    ]);
  });

  it('leaves out images that exceed the size of the response', () => {
    const before = [outputItem('a', [image(7 * megabyte)])];
    expect(outputOf({ output: 'Drawn.', images: [image(2 * megabyte)] }, before)).toBe('Drawn.');
  });
});

describe('a context', () => {
  it('has the newest images and a note for older ones', () => {
    const items = [
      outputItem('a', [{ type: 'text', text: 'one' }, image(megabyte)]),
      outputItem('b', [image(2 * megabyte)]),
      outputItem('c', 'text'),
    ];
    const shown = withNewestImages(items);
    expect(kindsOf(shown[0] as FunctionCallOutputItem)).toEqual(['text', 'text']);
    expect(kindsOf(shown[1] as FunctionCallOutputItem)).toEqual(['image']);
    expect(shown[2]).toEqual(items[2]);
  });

  it('has the last image at any size, and links unchanged', () => {
    const link: ContentPart = { type: 'image', url: 'https://example.com/a.png' };
    const items = [outputItem('a', [link]), outputItem('b', [image(5 * megabyte)])];
    expect(withNewestImages(items)).toEqual(items);
  });
});
