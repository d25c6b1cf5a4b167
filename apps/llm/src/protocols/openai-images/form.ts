import { randomUUID } from 'node:crypto';
import type { ImageBytes } from '@antiphon/contracts';

/** A part of a form: a text, or an image as a file. */
export type FormPart = readonly [name: string, value: string | ImageBytes];

/** A body of `multipart/form-data` (RFC 7578) with its content type. */
export function encodeForm(parts: readonly FormPart[]): { contentType: string; body: Buffer } {
  const boundary = `form-${randomUUID()}`;
  const pieces = parts.flatMap(([name, value], place) => {
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="${name}"`;
    if (typeof value === 'string') return [Buffer.from(`${head}\r\n\r\n${value}\r\n`)];
    const filename = `image-${place}.${value.mediaType.replace(/^image\//, '')}`;
    return [
      Buffer.from(`${head}; filename="${filename}"\r\ncontent-type: ${value.mediaType}\r\n\r\n`),
      Buffer.from(value.base64, 'base64'),
      Buffer.from('\r\n'),
    ];
  });
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
  };
}
