import { readSync } from 'node:fs';

// Kept before the lock-down, which replaces the functions of the module by ones that refuse.
const read = readSync;

const chunkBytes = 64 * 1024;

/** The standard input of this process. Reading blocks the process until enough has arrived. */
export class Input {
  private rest: Uint8Array = new Uint8Array();

  /** The next line; null at the end of the input. */
  line(): string | null {
    let end = this.rest.indexOf(10);
    while (end < 0) {
      const searched = this.rest.length;
      if (!this.fill()) return null;
      end = this.rest.indexOf(10, searched);
    }
    const line = new TextDecoder().decode(this.rest.subarray(0, end));
    this.rest = this.rest.slice(end + 1);
    return line;
  }

  /** The next bytes. Throws where the input ends before. */
  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    const ready = this.rest.subarray(0, length);
    bytes.set(ready);
    this.rest = this.rest.slice(ready.length);
    for (let got = ready.length; got < length;) {
      const more = read(0, bytes, got, length - got, null);
      if (more === 0) throw new Error('the input ends early');
      got += more;
    }
    return bytes;
  }

  private fill(): boolean {
    const chunk = new Uint8Array(chunkBytes);
    const length = read(0, chunk);
    const joined = new Uint8Array(this.rest.length + length);
    joined.set(this.rest);
    joined.set(chunk.subarray(0, length), this.rest.length);
    this.rest = joined;
    return length > 0;
  }
}
