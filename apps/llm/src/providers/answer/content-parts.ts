import { isObject } from '../json-object.ts';

export interface SaidContent {
  text: string;
  /** Mistral sends thoughts as parts of the content. */
  thought: string;
  /** The addresses of images: data URLs, mostly. */
  images: string[];
}

/** What a `content` holds: text, or parts. */
export function readContent(content: unknown): SaidContent {
  const said: SaidContent = { text: typeof content === 'string' ? content : '', thought: '', images: [] };
  if (!Array.isArray(content)) return said;
  for (const part of content as unknown[]) {
    if (!isObject(part)) continue;
    if (part['type'] === 'text' && typeof part['text'] === 'string') said.text += part['text'];
    if (part['type'] === 'thinking') said.thought += readContent(part['thinking']).text;
    said.images.push(...readImages([part]));
  }
  return said;
}

/** The images of a list of `image_url` parts, which is also how `images` beside the content has them. */
export function readImages(parts: unknown): string[] {
  if (!Array.isArray(parts)) return [];
  return parts.flatMap((part: unknown) => {
    const image = isObject(part) ? part['image_url'] : undefined;
    const url = isObject(image) ? image['url'] : image;
    return typeof url === 'string' && /^(https:|data:image\/)/i.test(url) ? [url] : [];
  });
}
