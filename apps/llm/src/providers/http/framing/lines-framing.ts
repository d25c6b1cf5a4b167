import type { Framing, OnFrame } from './framing.ts';

/** A JSON object a line (NDJSON). A whole answer is one line. */
export class LinesFraming implements Framing {
  readonly mayBeJson = false;
  private readonly text = new TextDecoder();
  private rest = '';

  push(chunk: Buffer, onFrame: OnFrame): void {
    const lines = (this.rest + this.text.decode(chunk, { stream: true })).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) pass(line, onFrame);
  }

  end(onFrame: OnFrame): void {
    const line = this.rest;
    this.rest = '';
    pass(line, onFrame);
  }
}

function pass(line: string, onFrame: OnFrame): void {
  const text = line.trim();
  if (text !== '') onFrame(text, 'data');
}
