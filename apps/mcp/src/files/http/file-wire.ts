import type { FileEntity } from '../stored/file.entity.ts';
import type { UploadEntity } from '../stored/upload.entity.ts';
import type { WireFile, WireFileList, WireUpload } from './routes.ts';

export function encodeFile(file: FileEntity): WireFile {
  return {
    id: file.id,
    object: 'file',
    bytes: file.bytes,
    created_at: seconds(file.createdAt),
    filename: file.filename,
    purpose: file.purpose,
    status: 'processed',
    ...(file.expiresAt && { expires_at: seconds(file.expiresAt) }),
  };
}

/** A page of files, from one more than `limit` where there are more. */
export function encodeFileList(found: readonly FileEntity[], limit: number): WireFileList {
  return pageFrom(found, limit, encodeFile);
}

/** A page of a list, from one entry more than `limit` where there are more. */
export function pageFrom<Entry extends { id: string }, Wire>(
  found: readonly Entry[],
  limit: number,
  encode: (entry: Entry) => Wire,
) {
  const shown = found.slice(0, limit);
  return {
    object: 'list' as const,
    data: shown.map(encode),
    first_id: shown.at(0)?.id ?? null,
    last_id: shown.at(-1)?.id ?? null,
    has_more: found.length > limit,
  };
}

export function encodeUpload(upload: UploadEntity, file: FileEntity | null): WireUpload {
  return {
    id: upload.id,
    object: 'upload',
    bytes: upload.bytes,
    created_at: seconds(upload.createdAt),
    expires_at: seconds(upload.expiresAt),
    filename: upload.filename,
    purpose: upload.purpose,
    status: upload.status,
    file: file && encodeFile(file),
  };
}

export function seconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

export type DownloadedFile = Pick<FileEntity, 'filename' | 'mimeType' | 'bytes'>;

/** The headers of a download. A browser saves the file and neither shows nor guesses its type. */
export function downloadHeaders({ filename, mimeType, bytes }: DownloadedFile): Record<string, string> {
  return {
    'content-type': /^[\w.+-]+\/[\w.+-]+$/.test(mimeType) ? mimeType : 'application/octet-stream',
    'content-length': String(bytes),
    'content-disposition': `attachment; filename="${plainName(filename)}"; filename*=UTF-8''${escapedName(filename)}`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'",
  };
}

/** For clients that do not support `filename*`. */
function plainName(filename: string): string {
  return filename.replaceAll(/[^\x20-\x7e]|["\\%]/gu, '_');
}

/** Encodes a value as RFC 8187 requires: `encodeURIComponent` leaves some characters that it does not allow. */
function escapedName(filename: string): string {
  return encodeURIComponent(filename.toWellFormed()).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
