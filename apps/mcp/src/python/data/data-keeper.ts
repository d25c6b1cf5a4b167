import { AppError, type ErrorCode } from '@antiphon/contracts';
import { type DataChanges, type DataFiles, type DataLimits, dataRoot } from './data-files.ts';

/** A file as the code left it; its bytes are asked for only where it can be kept. */
export interface ChangedFile {
  path: string;
  bytes: number;
  read(): Promise<Buffer>;
}

export interface FolderOutcome {
  changed: readonly ChangedFile[];
  removed: readonly string[];
  /** Whether there are more files than are listed. */
  isCut: boolean;
}

const pathBytesMax = 255;
const notesMax = 10;

/** The errors of a file that cannot be kept; with every other one the whole call fails. */
const refusals: ReadonlySet<ErrorCode> = new Set(['invalid_request', 'forbidden', 'payload_too_large']);

/** Keeps what the code did to its files. A file that cannot be kept is a note, and never fails the call. */
export async function keepChanges(
  { changed, removed, isCut }: FolderOutcome,
  data: DataFiles,
  limits: DataLimits,
): Promise<DataChanges> {
  const kept: DataChanges = { saved: [], notes: [] };
  const refuse = (path: string, reason: string) =>
    kept.notes.push(`${dataRoot}/${shownPath(path)} was not kept: ${reason}`);
  if (removed.length > 0) await data.remove(removed);
  for (const file of changed) {
    const fault = faultOf(file, limits);
    if (fault !== null) {
      refuse(file.path, fault);
      continue;
    }
    try {
      kept.saved.push(await data.save(file.path, await file.read()));
    } catch (error) {
      if (!(error instanceof AppError) || !refusals.has(error.code)) throw error;
      refuse(file.path, error.message);
    }
  }
  if (isCut) kept.notes.push(`only ${limits.filesMax} files in ${dataRoot} are kept: remove some`);
  const hidden = kept.notes.length - notesMax;
  if (hidden > 0) kept.notes.splice(notesMax, hidden, `and ${hidden} more like these`);
  return kept;
}

/** Why a file cannot be kept, whatever its container has; null where it can. The code chose the path. */
function faultOf({ path, bytes }: ChangedFile, { fileBytesMax }: DataLimits): string | null {
  if (bytes > fileBytesMax) return `it has ${bytes} bytes, and a file may have ${fileBytesMax}`;
  if (Buffer.byteLength(path) > pathBytesMax) return `its path is longer than ${pathBytesMax} bytes`;
  const names = path.split('/');
  const isPlain = names.every((name) => name !== '' && name !== '.' && name !== '..');
  if (!isPlain || /\p{Cc}/u.test(path) || !path.isWellFormed())
    return 'its path has control characters or empty names';
  return null;
}

function shownPath(path: string): string {
  return path
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, '?')
    .slice(0, pathBytesMax);
}
