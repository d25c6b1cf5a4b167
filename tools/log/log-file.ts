import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

const bytesMax = 20 * 1024 * 1024;

/**
 * The raw log of a process on disk. Lines that arrive together are written together. A long file is renamed to `<name>.1`, once.
 */
export class LogFile {
  private readonly path: string;
  private descriptor: number;
  private bytes: number;
  private pending = '';

  constructor(path: string) {
    this.path = path;
    this.descriptor = openSync(path, 'a');
    this.bytes = fstatSync(this.descriptor).size;
  }

  write(line: string): void {
    if (this.pending === '') setImmediate(() => this.flush());
    this.pending += `${line}\n`;
  }

  close(): void {
    this.flush();
    closeSync(this.descriptor);
  }

  private flush(): void {
    if (this.pending === '') return;
    if (this.bytes > bytesMax) this.setAside();
    this.bytes += writeSync(this.descriptor, this.pending);
    this.pending = '';
  }

  private setAside(): void {
    closeSync(this.descriptor);
    renameSync(this.path, `${this.path}.1`);
    this.descriptor = openSync(this.path, 'a');
    this.bytes = 0;
  }
}
