import { join } from 'node:path';
import { LogFile } from './log-file.ts';
import { infoLevel, isServerAlarm, renderLogLine, warnLevel } from './log-line.ts';
import type { Terminal } from './terminal.ts';

const unseenLinesMax = 30;

/** Merges the logs of all processes on the terminal, and writes each one's raw lines to a file. */
export class StackLog {
  readonly #folder: string;
  readonly #terminal: Terminal;
  readonly #files = new Map<string, LogFile>();
  readonly #unseen = new Map<string, string[]>();
  /** Until the stack is ready the terminal shows only its progress and warnings. */
  #levelShown = warnLevel;

  constructor(folder: string, terminal: Terminal) {
    this.#folder = folder;
    this.#terminal = terminal;
  }

  showEverything(): void {
    this.#levelShown = infoLevel;
  }

  /** Returns a receiver for the lines of a service. */
  forService(name: string): (line: string) => void {
    return (line) => {
      const rendered = renderLogLine(name, line, { coloured: this.#terminal.coloured });
      this.#write(name, line);
      if (rendered.level >= this.#levelShown) this.#terminal.print(rendered.text);
      else this.#keepUnseen(name, rendered.text);
    };
  }

  /** Returns a receiver for the lines of PostgreSQL or NATS, which have formats of their own. */
  forServer(name: string): (line: string) => void {
    return (line) => {
      this.#write(name, line);
      if (isServerAlarm(line))
        this.#terminal.print(renderLogLine(name, line, { coloured: this.#terminal.coloured }).text);
      else this.#keepUnseen(name, line);
    };
  }

  /** Returns the last lines of a process that the terminal has not shown, to explain a failed start. */
  unseenLines(name: string): string {
    return (this.#unseen.get(name) ?? []).join('\n');
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }

  #write(name: string, line: string): void {
    let file = this.#files.get(name);
    if (file === undefined) this.#files.set(name, (file = new LogFile(join(this.#folder, `${name}.log`))));
    file.write(line);
  }

  #keepUnseen(name: string, text: string): void {
    this.#unseen.set(name, [...(this.#unseen.get(name) ?? []), text].slice(-unseenLinesMax));
  }
}
