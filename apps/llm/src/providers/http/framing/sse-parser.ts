import type { OnFrame } from './framing.ts';

/**
 * Reads server-sent events as chat providers send them: one `data:` line an event, and `error:` lines of some servers (llama.cpp). Comments
 * and other fields are skipped, and a line may arrive in pieces. Several `data:` lines of one event, which no chat provider sends, count
 * as separate events.
 */
export class SseParser {
  private rest = '';
  /** Whether the event that has begun has the name `error`. */
  private isError = false;

  /** Calls `onFrame` for every line that `text` completes. */
  push(text: string, onFrame: OnFrame): void {
    const input = this.rest === '' ? text : this.rest + text;
    let from = 0;
    for (;;) {
      const lineEnd = input.indexOf('\n', from);
      if (lineEnd === -1) break;
      this.readLine(input, from, lineEnd, onFrame);
      from = lineEnd + 1;
    }
    this.rest = from === 0 ? input : input.slice(from);
  }

  /** The end of the body: a last line without a line feed counts. */
  end(onFrame: OnFrame): void {
    const line = this.rest;
    this.rest = '';
    this.readLine(line, 0, line.length, onFrame);
  }

  private readLine(input: string, from: number, lineEnd: number, onFrame: OnFrame): void {
    const colon = input.indexOf(':', from);
    if (colon === -1 || colon >= lineEnd) {
      // An empty line ends an event.
      this.isError = false;
      return;
    }
    const field = input.slice(from, colon);
    if (field !== 'data' && field !== 'error' && field !== 'event') return;
    const text = input.slice(colon + 1, lineEnd).trim();
    if (field === 'event') this.isError = text === 'error';
    else if (text !== '') onFrame(text, this.isError ? 'error' : field);
  }
}
