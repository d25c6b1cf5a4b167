import { inflateRawSync, inflateSync } from 'node:zlib';

/** Buffers below this size are not checked. */
const lookedAtBytes = 1024 * 1024;

export interface BufferLimit {
  /** Whether the limit refused a buffer. */
  readonly isReached: boolean;
  lift(): void;
}

/**
 * Refuses buffers that would take the buffers of this thread beyond a bound, until the limit is lifted. The limits of a thread cover its
 * objects and not the memory of its buffers, and a library that unpacks data doubles its buffer as long as there is more: a few kilobytes that
 * unpack to gigabytes would end the process.
 */
export function refuseLargeBuffers(bytesMax: number): BufferLimit {
  const { Uint8Array: Bytes, DecompressionStream: Decompression } = globalThis;
  let isReached = false;

  const room = () => Math.max(bytesMax - process.memoryUsage().arrayBuffers, 0);
  const refusal = () => {
    isReached = true;
    return new RangeError('the buffers of this thread take too much');
  };

  globalThis.Uint8Array = new Proxy(Bytes, {
    construct(target, args: unknown[], newTarget) {
      const size = args[0];
      if (typeof size === 'number' && size >= lookedAtBytes && size > room()) throw refusal();
      return Reflect.construct(target, args, newTarget) as Uint8Array; // the constructor returns this type
    },
  });

  /** Unpacks once all data has arrived, because only then the output can be bounded. */
  class BoundedDecompression extends TransformStream<Uint8Array, Uint8Array> {
    constructor(format: string) {
      const chunks: Uint8Array[] = [];
      super({
        transform: (chunk) => void chunks.push(chunk),
        flush: (controller) => {
          const inflate = format === 'deflate-raw' ? inflateRawSync : inflateSync;
          try {
            controller.enqueue(
              inflate(Buffer.concat(chunks), { maxOutputLength: Math.max(room(), lookedAtBytes) }),
            );
          } catch (error) {
            throw isTooLarge(error) ? refusal() : error;
          }
        },
      });
    }
  }
  Object.assign(globalThis, { DecompressionStream: BoundedDecompression });

  return {
    get isReached() {
      return isReached;
    },
    lift() {
      globalThis.Uint8Array = Bytes;
      globalThis.DecompressionStream = Decompression;
    },
  };
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}
