import { AppError } from '@antiphon/contracts';
import type { DataFile, DataFiles } from '../data/data-files.ts';

/** Files in memory, with a note of each read and write. */
export class MemoryData implements DataFiles {
  readonly log: string[] = [];
  private readonly files = new Map<string, { version: string; bytes: Buffer }>();
  private writes = 0;

  constructor(files: Readonly<Record<string, string>> = {}) {
    for (const [path, text] of Object.entries(files)) this.write(path, Buffer.from(text));
  }

  get texts(): Record<string, string> {
    return Object.fromEntries([...this.files].map(([path, { bytes }]) => [path, bytes.toString()]));
  }

  write(path: string, bytes: Buffer): DataFile {
    const version = String((this.writes += 1));
    this.files.set(path, { version, bytes });
    return { id: path, path, version, bytes: bytes.length };
  }

  async list(): Promise<DataFile[]> {
    return [...this.files].map(([path, { version, bytes }]) => ({
      id: path,
      path,
      version,
      bytes: bytes.length,
    }));
  }

  async read({ path }: DataFile): Promise<Buffer> {
    this.log.push(`read ${path}`);
    return this.files.get(path)?.bytes ?? Buffer.of();
  }

  async save(path: string, bytes: Buffer): Promise<DataFile> {
    if (path === 'full') throw new AppError('forbidden', 'There is no room.');
    this.log.push(`save ${path}`);
    return this.write(path, bytes);
  }

  async remove(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      this.log.push(`remove ${path}`);
      this.files.delete(path);
    }
  }
}
