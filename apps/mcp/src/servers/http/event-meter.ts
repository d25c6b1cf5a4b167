import { AppError } from '@antiphon/contracts';

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Limits the size of events in a stream: the parser buffers an event until its end. */
export class EventMeter {
  private size = 0;
  private isLineEmpty = true;

  constructor(private readonly bytesMax: number) {}

  /** Counts a chunk. Throws `payload_too_large` within an event that is too large. */
  see(chunk: Uint8Array): void {
    for (const byte of chunk) {
      if (byte === lineFeed) {
        if (this.isLineEmpty) this.size = 0;
        this.isLineEmpty = true;
      } else if (byte !== carriageReturn) {
        this.isLineEmpty = false;
      }
      if (++this.size > this.bytesMax)
        throw new AppError('payload_too_large', `An event is larger than ${this.bytesMax} bytes.`);
    }
  }
}
