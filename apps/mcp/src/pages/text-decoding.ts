import { TextDecoder } from 'node:util';

/**
 * Decodes a body. The encoding comes from, in this order: a byte order mark, the content type, for HTML a meta element. Without these it is
 * UTF-8 where the bytes are valid, else windows-1252.
 */
export function decodeText(body: Buffer, contentType: string): string {
  const label =
    byteOrderMark(body) ?? charsetOf(contentType) ?? (isMarkup(contentType) ? declaredCharset(body) : null);
  const decoder = label === null ? null : decoderFor(label);
  if (decoder) return decoder.decode(body);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return new TextDecoder('windows-1252').decode(body);
  }
}

function byteOrderMark(body: Buffer): string | null {
  if (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) return 'utf-8';
  if (body[0] === 0xfe && body[1] === 0xff) return 'utf-16be';
  if (body[0] === 0xff && body[1] === 0xfe) return 'utf-16le';
  return null;
}

function charsetOf(contentType: string): string | null {
  return /;\s*charset\s*=\s*["']?([\w.:-]+)/i.exec(contentType)?.[1] ?? null;
}

function isMarkup(contentType: string): boolean {
  return contentType === '' || /html|xml/i.test(contentType);
}

const declaredWithinBytes = 4096;

/** The charset of a meta element or an XML declaration. It was readable as single bytes, so a declared UTF-16 is wrong. */
function declaredCharset(body: Buffer): string | null {
  const head = body.subarray(0, declaredWithinBytes).toString('latin1');
  const match =
    /<meta[^>]+charset\s*=\s*["']?\s*([\w.:-]+)/i.exec(head) ??
    /^<\?xml[^>]+encoding\s*=\s*["']([\w.:-]+)/i.exec(head);
  const label = match?.[1] ?? null;
  return label !== null && /^utf-?16/i.test(label) ? 'utf-8' : label;
}

function decoderFor(label: string): TextDecoder | null {
  try {
    return new TextDecoder(label);
  } catch {
    return null;
  }
}
