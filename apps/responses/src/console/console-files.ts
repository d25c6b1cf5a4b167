import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join, relative } from 'node:path';

/** The mark in the built page that each answer replaces by its nonce, as in the console's Vite configuration. */
export const noncePlaceholder = 'NONCE_OF_THE_PAGE';

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export interface ConsoleFile {
  bytes: Buffer;
  type: string;
  /** Whether its name holds a digest of its content, so that it never changes. */
  isImmutable: boolean;
}

/** The built console: its page and the files that the page loads. Read once, when first asked for. */
export class ConsoleFiles {
  private readonly folder: string | null;
  private files: Promise<ReadonlyMap<string, ConsoleFile>> | null = null;

  constructor(folder: string | null = builtFolder()) {
    this.folder = folder;
  }

  /** Null where the console is not built. */
  page(): string | null {
    const file = this.folder === null ? '' : join(this.folder, 'index.html');
    return existsSync(file) ? readFileSync(file, 'utf8') : null;
  }

  /** The file at a path below `/console/`. No path leads out of the folder, since only files that were found in it are known. */
  async find(path: string): Promise<ConsoleFile | undefined> {
    this.files ??= this.readAll();
    return (await this.files).get(path);
  }

  private async readAll(): Promise<ReadonlyMap<string, ConsoleFile>> {
    const { folder } = this;
    if (folder === null) return new Map();
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const read = entries.map(async (entry): Promise<[string, ConsoleFile] | null> => {
      const type = types[extname(entry.name)];
      if (!entry.isFile() || type === undefined) return null;
      const file = join(entry.parentPath, entry.name);
      const path = relative(folder, file).replaceAll('\\', '/');
      return [path, { bytes: await readFile(file), type, isImmutable: path.startsWith('assets/') }];
    });
    return new Map((await Promise.all(read)).filter((one) => one !== null));
  }
}

/** Null where the package is missing, as in an installation without the console. */
function builtFolder(): string | null {
  try {
    const manifest = createRequire(import.meta.url).resolve('@antiphon/console/package.json');
    return join(dirname(manifest), 'dist');
  } catch {
    return null;
  }
}
