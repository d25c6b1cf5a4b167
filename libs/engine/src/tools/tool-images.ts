import {
  type ContentPart,
  editedImagesMax,
  type FunctionCallOutputItem,
  type Item,
  partsOf,
  type ToolResult,
} from '@antiphon/contracts';

/** The maximum length of all tool images in one response, as base64: every checkpoint rewrites the response's row. */
const responseImagesMax = 8 * 1024 * 1024;
/** The maximum length of all tool images in one model call, as base64: a bus message holds 8 MB. */
const contextImagesMax = 3 * 1024 * 1024;

/** The maximum length of all images of the conversation that a call gets, as base64. */
const calledImagesMax = 5 * 1024 * 1024;

/** The output item's content: the text, and the images that fit into the response. The text mentions every image. */
export function outputOf(
  { output, images = [] }: Pick<ToolResult, 'output' | 'images'>,
  before: readonly Item[],
): FunctionCallOutputItem['output'] {
  let room = responseImagesMax - before.reduce((sum, item) => sum + imageSize(item), 0);
  const kept = images.filter(({ url }) => (room -= url.length) >= 0);
  return kept.length > 0 ? [{ type: 'text', text: output }, ...kept] : output;
}

/** Keeps the newest tool images, at least the last one, and replaces older ones by a note. */
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

/** The newest images of a conversation for a tool, as data URLs or links, within one message of the bus. The newest is the first. */
export function newestImages(items: readonly Item[]): string[] {
  const images = items
    .flatMap(partsOf)
    .flatMap((part) => (part.type === 'image' ? [part.url] : []))
    .reverse();
  let room = calledImagesMax;
  const fitting = images.filter((url) => {
    const fits = url.length <= room;
    if (fits) room -= url.length;
    return fits;
  });
  return fitting.slice(0, editedImagesMax);
}

function imageSize(item: Item): number {
  if (item.type !== 'function_call_output' || typeof item.output === 'string') return 0;
  return item.output.reduce((sum, part) => sum + (isInlineImage(part) ? part.url.length : 0), 0);
}

function isInlineImage(part: ContentPart): part is Extract<ContentPart, { type: 'image' }> {
  return part.type === 'image' && part.url.startsWith('data:');
}
