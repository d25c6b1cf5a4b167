import { pipeline, type Readable, Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib';
import { AppError } from '@antiphon/contracts';

/** What is asked for. `deflate` is understood but not asked for, since servers do not agree on what it is. */
export const acceptedEncodings = 'gzip, br, zstd';

/** A short answer that is cut off, and an empty one, are still read as far as they go. */
const gzipOptions = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };

const decoders: Record<string, () => Transform> = {
  gzip: () => createGunzip(gzipOptions),
  'x-gzip': () => createGunzip(gzipOptions),
  deflate: () => createInflate(gzipOptions),
  br: () => createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: 23 } }),
};

/** More than one encoding on top of another is never meant well. */
const encodingsMax = 2;

/**
 * An answer's body, decoded, up to `bytesMax` decoded bytes: it stops there, however little was sent to make so much. Throws
 * `payload_too_large`.
 */
export async function readDecoded(
  body: Readable,
  contentEncoding: string,
  bytesMax: number,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop early destroys the stream, and with it the socket.
  for await (const chunk of decoded(body, contentEncoding) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bytesMax) throw tooLarge(bytesMax);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** An answer's body, decoded, as it comes; it ends with `payload_too_large` after `bytesMax` decoded bytes. */
export function decodedStream(body: Readable, contentEncoding: string, bytesMax: number): Readable {
  let size = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > bytesMax) done(tooLarge(bytesMax));
      else done(null, chunk);
    },
  });
  // An error of either destroys both, and reaches whoever reads.
  pipeline(decoded(body, contentEncoding), bounded, () => undefined);
  return bounded;
}

function tooLarge(bytesMax: number): AppError {
  return new AppError('payload_too_large', `The answer is larger than ${inWords(bytesMax)}.`);
}

function decoded(body: Readable, contentEncoding: string): Readable {
  const names = contentEncoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  if (names.length > encodingsMax || names.some((name) => !Object.hasOwn(decoders, name))) {
    body.destroy();
    throw new AppError('unavailable', 'The answer has an encoding that cannot be read.');
  }
  const stages = names.reverse().flatMap((name) => decoders[name]?.() ?? []);
  const last = stages.at(-1);
  if (!last) return body;
  // An error of any stage destroys all of them, and reaches whoever reads the last one.
  pipeline([body, ...stages], () => undefined);
  return last;
}

function inWords(bytes: number): string {
  const megabytes = bytes / (1024 * 1024);
  return megabytes >= 1 ? `${Math.floor(megabytes * 10) / 10} MB` : `${Math.ceil(bytes / 1024)} KB`;
}
