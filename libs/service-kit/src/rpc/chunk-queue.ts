/** What one side pushes and the other awaits. For one consumer; the producer's window bounds its length. */
export class ChunkQueue<Chunk> {
  private readonly chunks: Chunk[] = [];
  private wake: (() => void) | undefined;
  private isEnded = false;
  private error: unknown;
  private hasFailed = false;

  push(chunk: Chunk): void {
    this.chunks.push(chunk);
    this.wake?.();
  }

  end(): void {
    this.isEnded = true;
    this.wake?.();
  }

  /** What was pushed before is dropped: a consumer that is to stop has no use for it. */
  fail(error: unknown): void {
    if (this.hasFailed || this.isEnded) return;
    this.hasFailed = true;
    this.error = error;
    this.wake?.();
  }

  /** The next chunk, undefined at the end. Throws what the queue failed with. */
  async next(): Promise<Chunk | undefined> {
    for (;;) {
      if (this.hasFailed) throw this.error;
      if (this.chunks.length > 0) return this.chunks.shift();
      if (this.isEnded) return undefined;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
