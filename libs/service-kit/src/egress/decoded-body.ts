import { pipeline, type Readable, Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib';
import { AppError } from '@antiphon/contracts';

/** The `accept-encoding` of requests. `deflate` is decoded but not requested, since servers do not agree on its meaning. */
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

/** The most encodings on top of each other. Honest servers use one. */
const encodingsMax = 2;

/**
 * An answer's body, decoded, up to `bytesMax` decoded bytes: it stops there, however few bytes were sent. Throws
 * `payload_too_large`.
 */
export async function readDecoded(
  body: Readable,
  contentEncoding: string,
  bytesMax: number,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of decodedStream(body, contentEncoding, bytesMax) as AsyncIterable<Buffer>)
    chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** An answer's body, decoded, as it comes; it ends with `payload_too_large` after `bytesMax` decoded bytes. */
export function decodedStream(body: Readable, contentEncoding: string, bytesMax: number): Readable {
  const tooLarge = new AppError('payload_too_large', `The answer is larger than ${inWords(bytesMax)}.`);
  const result = bounded(bytesMax, tooLarge);
  const stages = decodersFor(body, contentEncoding);
  // The encoded bytes are bounded too: an endless body may decode to nothing. Encoding makes a body only slightly longer at worst.
  const encodedMax = Math.ceil(bytesMax * 1.01) + 1024;
  const decoding = stages.length > 0 ? [bounded(encodedMax, tooLarge), ...stages] : [];
  // An error of any stage destroys all of them, the socket too, and reaches the reader.
  pipeline([body, ...decoding, result], () => undefined);
  return result;
}

function bounded(bytesMax: number, tooLarge: AppError): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > bytesMax) done(tooLarge);
      else done(null, chunk);
    },
  });
}

function decodersFor(body: Readable, contentEncoding: string): Transform[] {
  const names = contentEncoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  if (names.length > encodingsMax || names.some((name) => !Object.hasOwn(decoders, name))) {
    body.destroy();
    throw new AppError('unavailable', 'The answer has an encoding that cannot be read.');
  }
  return names.reverse().flatMap((name) => decoders[name]?.() ?? []);
}

function inWords(bytes: number): string {
  const megabytes = bytes / (1024 * 1024);
  return megabytes >= 1 ? `${Math.floor(megabytes * 10) / 10} MB` : `${Math.ceil(bytes / 1024)} KB`;
}
