import { inflateRawSync, inflateSync } from 'node:zlib';

/** From this size on a buffer is worth a look at how much there is already. */
const lookedAtBytes = 1024 * 1024;

export interface BufferLimit {
  /** Whether a buffer was refused. */
  readonly isReached: boolean;
  lift(): void;
}

/**
 * Makes the buffers of this thread fail that would go beyond a bound, until it is lifted. A thread's own limits hold for its objects
 * and not for the memory behind its buffers, and a library that unpacks into them doubles them for as long as there is more: a few
 * kilobytes that unpack to gigabytes would end the process.
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
      return Reflect.construct(target, args, newTarget) as Uint8Array; // what this constructor makes
    },
  });

  /** Unpacks when all has arrived, so that the bound can be given along. */
  class BoundedDecompression extends TransformStream<Uint8Array, Uint8Array> {
    constructor(format: string) {
      const chunks: Uint8Array[] = [];
      super({
        transform: (chunk) => void chunks.push(chunk),
        flush: (controller) => {
          const inflate = format === 'deflate-raw' ? inflateRawSync : inflateSync;
          try {
            controller.enqueue(inflate(Buffer.concat(chunks), { maxOutputLength: Math.max(room(), 1) }));
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
