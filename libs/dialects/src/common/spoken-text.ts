import type { ContentPart, Item } from '@antiphon/contracts';

/** Content as text, for dialects with text only: images and other parts become placeholders such as `[image]`. */
export function spokenText(parts: string | readonly ContentPart[]): string {
  if (typeof parts === 'string') return parts;
  let text = '';
  for (const part of parts) {
    if (part.type === 'text') text += part.text;
    else if (part.type === 'refusal') text += part.refusal;
    else text += part.type === 'file' && part.filename ? `[file ${part.filename}]` : `[${part.type}]`;
  }
  return text;
}

/** The placeholders for the images of an answer, which have no deltas and follow its text. Empty where there are none. */
export function spokenImages(item: Item): string {
  if (item.type !== 'message' || item.role !== 'assistant') return '';
  return spokenText(item.content.filter(({ type }) => type !== 'text' && type !== 'refusal'));
}
