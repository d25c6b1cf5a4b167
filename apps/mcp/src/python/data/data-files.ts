/** A file that code sees in `/mnt/data`. */
export interface DataFile {
  /** Stays when the bytes change. */
  id: string;
  /** Below `/mnt/data`. */
  path: string;
  /** Changes with the bytes. */
  version: string;
  bytes: number;
}

export interface DataLimits {
  /** Bytes of one file. */
  fileBytesMax: number;
  /** Bytes of all files together. */
  bytesMax: number;
  filesMax: number;
}

/** The files of a session, kept outside its process: another process finds them there. */
export interface DataFiles {
  list(): Promise<readonly DataFile[]>;
  read(file: DataFile): Promise<Buffer>;
  /** Writes or replaces a file. Throws `invalid_request`, `forbidden` or `payload_too_large` for a file that cannot be kept. */
  save(path: string, bytes: Buffer): Promise<DataFile>;
  remove(paths: readonly string[]): Promise<void>;
}

/** What one call did to the files. */
export interface DataChanges {
  /** The files that the code made or changed. */
  saved: DataFile[];
  /** Sentences about files that could not be kept or restored, for the model. */
  notes: string[];
}

export const dataRoot = '/mnt/data';

/** For the description of a tool: which files a container has; empty where it has none. */
export function filesSentence(filenames: readonly string[]): string {
  if (filenames.length === 0) return '';
  return ` It has these files: ${filenames.map((name) => JSON.stringify(`${dataRoot}/${name}`)).join(', ')}.`;
}
