import type { Framing, OnFrame } from './framing.ts';
import { SseParser } from './sse-parser.ts';

/** Server-sent events. */
export class SseFraming implements Framing {
  readonly mayBeJson = true;
  private readonly text = new TextDecoder();
  private readonly parser = new SseParser();

  push(chunk: Buffer, onFrame: OnFrame): void {
    this.parser.push(this.text.decode(chunk, { stream: true }), onFrame);
  }

  end(onFrame: OnFrame): void {
    this.parser.end(onFrame);
  }
}
