import { extname } from 'node:path';
import type { DocumentSource } from './document-text.ts';

/** What the bytes of a document are. `ole` is the container of old Office documents, and of encrypted ones. */
export type DocumentFormat = 'pdf' | 'zip' | 'ole' | 'html' | 'text' | 'binary';

const zipSignature = Buffer.from('PK\x03\x04', 'latin1');
const oleSignature = Buffer.from('d0cf11e0a1b11ae1', 'hex');
/** Readers of PDF accept as many bytes before its header. */
const pdfHeaderWithin = 1_024;
const htmlExtensions = ['.html', '.htm', '.xhtml'];
const lookedAtBytes = 64 * 1_024;

/** The format of a document: by its first bytes, and where these are text, by its name and type. */
export function formatOf({
  bytes,
  filename,
  mimeType,
}: Pick<DocumentSource, 'bytes' | 'filename' | 'mimeType'>): DocumentFormat {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, lookedAtBytes));
  if (head.subarray(0, pdfHeaderWithin).includes('%PDF-')) return 'pdf';
  if (head.subarray(0, 4).equals(zipSignature)) return 'zip';
  if (head.subarray(0, 8).equals(oleSignature)) return 'ole';
  if (isBinary(head)) return 'binary';
  const start = head.subarray(0, 1_024).toString('latin1');
  const isHtml =
    /^(?:application\/xhtml|text\/html)/i.test(mimeType) ||
    htmlExtensions.includes(extname(filename).toLowerCase()) ||
    /^\W{0,8}<(?:!doctype html|html)[\s>]/i.test(start);
  return isHtml ? 'html' : 'text';
}

/** Text in UTF-16 has zero bytes and begins with a byte order mark. Other text has no control characters beside white space and escapes. */
function isBinary(head: Buffer): boolean {
  if ((head[0] === 0xfe && head[1] === 0xff) || (head[0] === 0xff && head[1] === 0xfe)) return false;
  let controls = 0;
  for (const byte of head) {
    if (byte === 0) return true;
    if (byte < 0x20 && !(byte >= 0x08 && byte <= 0x0d) && byte !== 0x1b) controls += 1;
  }
  return controls * 100 > head.length;
}
