import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';

/** Pixels of each side. */
const side = 96;

/** A picture for a prompt, the same for the same words: a gradient between two colours, as a PNG in base64. */
export function pictureOf(prompt: string): string {
  const seed = createHash('sha256').update(prompt).digest();
  const rows = Array.from({ length: side }, (_, y) => {
    const pixels = Array.from({ length: side }, (_none, x) => {
      const share = (x + y) / (2 * side - 2);
      return [0, 1, 2].map((at) => Math.round((seed[at] ?? 0) * (1 - share) + (seed[at + 3] ?? 0) * share));
    });
    return [0, ...pixels.flat()];
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  // Eight bits a channel, red, green and blue.
  header.set([8, 2], 8);
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from(rows.flat()))),
    chunk('IEND', Buffer.alloc(0)),
  ]).toString('base64');
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const bytes = Buffer.alloc(named.length + 8);
  bytes.writeUInt32BE(data.length, 0);
  named.copy(bytes, 4);
  bytes.writeUInt32BE(crc32(named), named.length + 4);
  return bytes;
}
