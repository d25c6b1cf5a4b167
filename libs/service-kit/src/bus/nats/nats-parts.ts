import { AppError } from '@antiphon/contracts';
import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import { headerBytesMax, partHeader } from './nats-messages.ts';

/*
 * Replies that are larger than a message of NATS travel in parts, one message each, in their order. Requests do not: of several instances each
 * message reaches another one.
 */

/** The most bytes that a reply or a chunk has. The server disconnects a client that has 64 MiB of unread messages. */
export const replyBytesMax = 32 * 1024 * 1024;

/** A reply as its reader sees it: one message of NATS, or the parts of a larger one. */
export type BusReply = Pick<Msg, 'data' | 'headers' | 'reply' | 'string'>;

/** The parts of a reply; null where one message carries it. Throws `payload_too_large`. */
export function partsOf(
  json: string,
  messageBytesMax: number,
  { sender, takesParts }: { sender: string; takesParts: boolean },
): Buffer[] | null {
  const partBytes = messageBytesMax - headerBytesMax;
  // A UTF-16 unit has three bytes at most.
  if (json.length * 3 <= partBytes) return null;
  const bytes = Buffer.from(json);
  if (bytes.length <= partBytes) return null;
  const bytesMax = takesParts ? replyBytesMax : partBytes;
  if (bytes.length > bytesMax)
    throw new AppError(
      'payload_too_large',
      `The answer of the ${sender} service has ${bytes.length} bytes, and ${bytesMax} are the most: request less at once.`,
    );
  const count = Math.ceil(bytes.length / partBytes);
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * partBytes, (i + 1) * partBytes));
}

/** Puts the parts of one reply together. */
export class PartJoiner {
  private parts: Uint8Array[] = [];
  private bytes = 0;

  /** The whole reply; null while parts of it are missing. */
  join(message: Msg): BusReply | null {
    const isPart = message.headers?.has(partHeader) === true;
    if (!isPart && this.parts.length === 0) return message;
    this.bytes += message.data.length;
    // A sender of this system sends no more; the reader then fails at JSON without an end.
    if (this.bytes <= replyBytesMax) this.parts.push(message.data);
    return isPart ? null : this.whole(message);
  }

  private whole({ headers, reply }: { headers?: MsgHdrs; reply?: string }): BusReply {
    const data = Buffer.concat(this.parts);
    this.parts = [];
    this.bytes = 0;
    return {
      data,
      ...(headers && { headers }),
      ...(reply !== undefined && { reply }),
      string: () => data.toString(),
    };
  }
}
