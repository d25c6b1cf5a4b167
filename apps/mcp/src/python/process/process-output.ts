/** The standard output of a process: lines, and bytes of a known count between them. */
export class ProcessOutput {
  private chunks: Buffer[] = [];
  private length = 0;
  private more = Promise.withResolvers<void>();

  /** `unreadMax` is how many bytes may wait to be read. */
  constructor(private readonly unreadMax: number) {}

  /** Takes what arrived. False: more waits than may. */
  push(chunk: Buffer): boolean {
    this.chunks.push(chunk);
    this.length += chunk.length;
    this.more.resolve();
    this.more = Promise.withResolvers();
    return this.length <= this.unreadMax;
  }

  get isRead(): boolean {
    return this.length === 0;
  }

  /** The next line, once all of it has arrived. */
  async line(): Promise<string> {
    let before = 0;
    for (let place = 0; ; place++) {
      while (place >= this.chunks.length) await this.more.promise;
      const chunk = this.chunks[place] ?? Buffer.of();
      const end = chunk.indexOf(10);
      if (end >= 0) return this.take(before + end + 1).toString('utf8', 0, before + end);
      before += chunk.length;
    }
  }

  /** The next bytes, once all of them have arrived. */
  async bytes(count: number): Promise<Buffer> {
    while (this.length < count) await this.more.promise;
    return this.take(count);
  }

  private take(count: number): Buffer {
    const all = Buffer.concat(this.chunks);
    const rest = all.subarray(count);
    this.chunks = rest.length > 0 ? [rest] : [];
    this.length = rest.length;
    return all.subarray(0, count);
  }
}
