import type { ContentPart } from '@antiphon/contracts';

/** Content as text, for wires that have nothing else: images and the like stand as a word for themselves. */
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
