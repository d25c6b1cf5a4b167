import { join } from 'node:path';
import { LogFile } from './log-file.ts';
import { infoLevel, isServerAlarm, levelOfLine, renderLogLine, warnLevel } from './log-line.ts';
import type { Terminal } from './terminal.ts';

const unseenLinesMax = 30;

/**
 * Merges the logs of all processes on the terminal, and writes each one's raw lines to a file. A terminal shows the lines of services in a form
 * for people; where the output is a file or a pipe, the lines are passed on unchanged and unparsed.
 */
export class StackLog {
  private readonly folder: string;
  private readonly terminal: Pick<Terminal, 'inPlace' | 'coloured' | 'print'>;
  private readonly files = new Map<string, LogFile>();
  private readonly unseen = new Map<string, string[]>();
  private shown: string[] = [];
  /** Until the stack is ready the terminal shows only its progress and warnings. */
  private levelShown = warnLevel;

  constructor(folder: string, terminal: Pick<Terminal, 'inPlace' | 'coloured' | 'print'>) {
    this.folder = folder;
    this.terminal = terminal;
  }

  showEverything(): void {
    this.levelShown = infoLevel;
  }

  /** Returns a receiver for the lines of a service. */
  forService(name: string): (line: string) => void {
    return (line) => {
      this.write(name, line);
      if (levelOfLine(line) < this.levelShown) this.keepUnseen(name, line);
      else this.show(this.terminal.inPlace ? this.rendered(name, line) : line);
    };
  }

  /** Returns a receiver for the lines of PostgreSQL or NATS, which have formats of their own. */
  forServer(name: string): (line: string) => void {
    return (line) => {
      this.write(name, line);
      if (isServerAlarm(line)) this.show(this.rendered(name, line));
      else this.keepUnseen(name, line);
    };
  }

  /** Returns the last lines of a process that the terminal has not shown, to explain a failed start. */
  unseenLines(name: string): string {
    return (this.unseen.get(name) ?? []).map((line) => this.rendered(name, line)).join('\n');
  }

  close(): void {
    this.flush();
    for (const file of this.files.values()) file.close();
    this.files.clear();
  }

  private write(name: string, line: string): void {
    let file = this.files.get(name);
    if (file === undefined) this.files.set(name, (file = new LogFile(join(this.folder, `${name}.log`))));
    file.write(line);
  }

  private rendered(name: string, line: string): string {
    return renderLogLine(name, line, { coloured: this.terminal.coloured }).text;
  }

  /** Prints lines that arrive together at once. */
  private show(text: string): void {
    if (this.shown.length === 0) setImmediate(() => this.flush());
    this.shown.push(text);
  }

  private flush(): void {
    if (this.shown.length > 0) this.terminal.print(this.shown.join('\n'));
    this.shown = [];
  }

  private keepUnseen(name: string, line: string): void {
    this.unseen.set(name, [...(this.unseen.get(name) ?? []), line].slice(-unseenLinesMax));
  }
}
