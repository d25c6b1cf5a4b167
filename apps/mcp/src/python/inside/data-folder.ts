/** A file of the folder, by its path below it. */
export interface FoundFile {
  path: string;
  bytes: number;
}

/** What a run did to the folder: files that it made or changed, and paths of files that it removed. */
export interface FolderChanges {
  changed: FoundFile[];
  removed: string[];
  /** Whether there are more files than are listed. */
  isCut: boolean;
}

/** The functions of Pyodide's file system in memory that the folder needs. Times are in milliseconds. */
interface MemoryFiles {
  mkdirTree(path: string): void;
  chdir(path: string): void;
  readdir(path: string): string[];
  lstat(path: string): { mode: number; size: number; mtime: Date };
  isFile(mode: number): boolean;
  isDir(mode: number): boolean;
  writeFile(path: string, bytes: Uint8Array): void;
  readFile(path: string): Uint8Array;
  unlink(path: string): void;
  utime(path: string, accessed: number, modified: number): void;
}

const root = '/mnt/data';

/** Folders that are searched below `/mnt/data`. */
const foldersMax = 1_000;

/** `/mnt/data` in Python's memory: the files that the service keeps beyond the life of this process. Links and devices are no files of it. */
export class DataFolder {
  /** The size and the time of each file when the service last knew its bytes. */
  private readonly known = new Map<string, string>();
  private isOpen = false;
  private readonly files: MemoryFiles;

  constructor(files: unknown) {
    this.files = files as MemoryFiles; // Pyodide's own, declared by a global name of another package
  }

  /** Makes the folder and starts in it. */
  open(): void {
    if (this.isOpen) return;
    this.files.mkdirTree(root);
    this.files.chdir(root);
    this.isOpen = true;
  }

  /** Writes a file. False where the code has put something else in its place. */
  put(path: string, bytes: Uint8Array): boolean {
    this.open();
    try {
      const place = placeOf(path);
      this.files.mkdirTree(place.slice(0, place.lastIndexOf('/')));
      this.files.writeFile(place, bytes);
      this.settle(path);
      return true;
    } catch {
      return false;
    }
  }

  /** The bytes of a file; none of a file that is gone. */
  get(path: string): Uint8Array {
    try {
      return this.files.readFile(placeOf(path));
    } catch {
      return new Uint8Array();
    }
  }

  remove(path: string): void {
    this.known.delete(path);
    try {
      this.files.unlink(placeOf(path));
    } catch {
      return; // The code has removed it, too.
    }
  }

  /** The changes since the last call, of at most `filesMax` files. */
  changes(filesMax: number): FolderChanges {
    const found = this.find(filesMax + 1);
    const listed = found.slice(0, filesMax);
    const changed = listed.filter(({ path }) => this.known.get(path) !== this.stateOf(path));
    for (const { path } of changed) this.settle(path);
    const isCut = found.length > filesMax;
    const here = new Set(listed.map(({ path }) => path));
    const removed = isCut ? [] : [...this.known.keys()].filter((path) => !here.has(path));
    for (const path of removed) this.known.delete(path);
    return { changed, removed, isCut };
  }

  private find(filesMax: number): FoundFile[] {
    const found: FoundFile[] = [];
    const folders = [''];
    for (let place = 0; place < folders.length && place < foldersMax; place++) {
      const folder = folders[place] ?? '';
      for (const name of this.namesIn(folder)) {
        const path = folder === '' ? name : `${folder}/${name}`;
        const { mode, size } = this.files.lstat(placeOf(path));
        if (this.files.isDir(mode)) folders.push(path);
        else if (this.files.isFile(mode)) found.push({ path, bytes: size });
        if (found.length >= filesMax) return found;
      }
    }
    return found;
  }

  /** None where the code has removed the folder itself. */
  private namesIn(folder: string): string[] {
    try {
      return this.files.readdir(placeOf(folder)).filter((entry) => entry !== '.' && entry !== '..');
    } catch {
      return [];
    }
  }

  /** Remembers a file as it is, dated a second back, so that a change within the same millisecond shows. */
  private settle(path: string): void {
    const past = Date.now() - 1_000;
    this.files.utime(placeOf(path), past, past);
    this.known.set(path, this.stateOf(path));
  }

  private stateOf(path: string): string {
    const { size, mtime } = this.files.lstat(placeOf(path));
    return `${size} ${mtime.getTime()}`;
  }
}

function placeOf(path: string): string {
  return path === '' ? root : `${root}/${path}`;
}
