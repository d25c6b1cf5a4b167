import { isObject } from '../../../providers/json-object.ts';

export interface SaidParts {
  text: string;
  /** Mistral sends thoughts as parts of the content. */
  thought: string;
  /** The URLs of images: mostly data URLs. */
  images: string[];
}

/** The contents of the parts of a `content`. */
export function readParts(parts: readonly unknown[]): SaidParts {
  const said: SaidParts = { text: '', thought: '', images: readImages(parts) };
  for (const part of parts) {
    if (!isObject(part)) continue;
    const { type, text, thinking } = part;
    if (type === 'text' && typeof text === 'string') said.text += text;
    if (type === 'thinking' && typeof thinking === 'string') said.thought += thinking;
    if (type === 'thinking' && Array.isArray(thinking)) said.thought += readParts(thinking).text;
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
