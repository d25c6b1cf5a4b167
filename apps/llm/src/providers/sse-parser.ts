/**
 * Reads server-sent events as chat providers send them: one `data:` line an event. Comments and other fields are skipped, and a line
 * may arrive in pieces. Several `data:` lines of one event, which no chat provider sends, count as events of their own.
 */
export class SseParser {
  #rest = '';

  /** Calls `onData` for every line that `text` completes. */
  push(text: string, onData: (data: string) => void): void {
    const input = this.#rest === '' ? text : this.#rest + text;
    let from = 0;
    for (;;) {
      const lineEnd = input.indexOf('\n', from);
      if (lineEnd === -1) break;
      readLine(input, from, lineEnd, onData);
      from = lineEnd + 1;
    }
    this.#rest = from === 0 ? input : input.slice(from);
  }

  /** The body is over: a last line without its line feed still counts. */
  end(onData: (data: string) => void): void {
    const line = this.#rest;
    this.#rest = '';
    readLine(line, 0, line.length, onData);
  }
}

function readLine(input: string, from: number, lineEnd: number, onData: (data: string) => void): void {
  if (!input.startsWith('data:', from)) return;
  const data = input.slice(from + 'data:'.length, lineEnd).trim();
  if (data !== '') onData(data);
}
