import type { ContentPart, FunctionCallOutputItem, Item, ToolResult } from '@antiphon/contracts';

/** The most that images of tools may take in one response, as base64: its row is rewritten with every checkpoint. */
const responseImagesMax = 8 * 1024 * 1024;
/** The most that images of tools may take in one model call: a message of the bus holds 8 MB. */
const contextImagesMax = 3 * 1024 * 1024;

/** A tool's output as an item has it: its text, and its images as far as the response has room for them. The text names them anyway. */
export function outputOf(
  { output, images = [] }: Pick<ToolResult, 'output' | 'images'>,
  before: readonly Item[],
): FunctionCallOutputItem['output'] {
  let room = responseImagesMax - before.reduce((sum, item) => sum + imageSize(item), 0);
  const kept = images.filter(({ url }) => (room -= url.length) >= 0);
  return kept.length > 0 ? [{ type: 'text', text: output }, ...kept] : output;
}

/** The context with the newest images of tools, at least the last one; an older one leaves a word in its place. */
export function withNewestImages(items: readonly Item[]): Item[] {
  let room = contextImagesMax;
  let isNewest = true;
  const shown = items.toReversed().map((item): Item => {
    if (item.type !== 'function_call_output' || typeof item.output === 'string') return item;
    const parts = item.output.toReversed().map((part): ContentPart => {
      if (!isInlineImage(part)) return part;
      const fits = isNewest || part.url.length <= room;
      room -= part.url.length;
      isNewest = false;
      return fits ? part : { type: 'text', text: '(An image of earlier, no longer shown.)' };
    });
    return { ...item, output: parts.toReversed() };
  });
  return shown.toReversed();
}

function imageSize(item: Item): number {
  if (item.type !== 'function_call_output' || typeof item.output === 'string') return 0;
  return item.output.reduce((sum, part) => sum + (isInlineImage(part) ? part.url.length : 0), 0);
}

function isInlineImage(part: ContentPart): part is Extract<ContentPart, { type: 'image' }> {
  return part.type === 'image' && part.url.startsWith('data:');
}
