import { join } from 'node:path';
import { LogFile } from './log-file.ts';
import { infoLevel, isServerAlarm, renderLogLine, warnLevel } from './log-line.ts';
import type { Terminal } from './terminal.ts';

const unseenLinesMax = 30;

/** One readable log on the terminal for all processes, and each one's own lines in a file. */
export class StackLog {
  readonly #folder: string;
  readonly #terminal: Terminal;
  readonly #files = new Map<string, LogFile>();
  readonly #unseen = new Map<string, string[]>();
  /** Until the stack is ready its progress has the terminal to itself, but for what goes wrong. */
  #levelShown = warnLevel;

  constructor(folder: string, terminal: Terminal) {
    this.#folder = folder;
    this.#terminal = terminal;
  }

  showEverything(): void {
    this.#levelShown = infoLevel;
  }

  /** Takes the lines of one of the services. */
  forService(name: string): (line: string) => void {
    return (line) => {
      const rendered = renderLogLine(name, line, { coloured: this.#terminal.coloured });
      this.#write(name, line);
      if (rendered.level >= this.#levelShown) this.#terminal.print(rendered.text);
      else this.#keepUnseen(name, rendered.text);
    };
  }

  /** Takes the lines of PostgreSQL or NATS, which speak formats of their own and mostly to themselves. */
  forServer(name: string): (line: string) => void {
    return (line) => {
      this.#write(name, line);
      if (isServerAlarm(line))
        this.#terminal.print(renderLogLine(name, line, { coloured: this.#terminal.coloured }).text);
      else this.#keepUnseen(name, line);
    };
  }

  /** The last lines of a process that the terminal has not shown, to show when it does not start. */
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
