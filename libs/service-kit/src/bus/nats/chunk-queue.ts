/** Chunks between a producer that pushes and one consumer that awaits. The producer's window bounds its length. */
export class ChunkQueue<Chunk> {
  private readonly chunks: Chunk[] = [];
  private wake: (() => void) | undefined;
  /** How the queue ends once its chunks are taken; the first end holds. */
  private outcome: { error?: unknown } | undefined;

  push(chunk: Chunk): void {
    this.chunks.push(chunk);
    this.wake?.();
  }

  end(): void {
    this.outcome ??= {};
    this.wake?.();
  }

  /** The producer has failed: the consumer gets the chunks that came before, then the error. */
  fail(error: unknown): void {
    this.outcome ??= { error };
    this.wake?.();
  }

  /** The consumer is to stop: it gets the error at once, and the chunks that it has not taken are dropped. */
  abort(error: unknown): void {
    this.chunks.length = 0;
    this.outcome = { error };
    this.wake?.();
  }

  /** The next chunk; undefined at the end. Throws what the queue failed with. */
  async next(): Promise<Chunk | undefined> {
    for (;;) {
      if (this.chunks.length > 0) return this.chunks.shift();
      if (this.outcome && 'error' in this.outcome) throw this.outcome.error;
      if (this.outcome) return undefined;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
