import { z } from 'zod';
import { Caller } from '../caller.ts';
import { defineRpc } from './rpc.ts';

/** The most bytes of one reply's files: in base64 they must fit into one message of the bus, at most 8 MiB. */
export const readFilesBytesMax = 5 * 1024 * 1024;

/** The bytes of an uploaded file. */
export const FileBytes = z.object({
  id: z.string(),
  filename: z.string(),
  /** By the first bytes where they say it, else as its sender named it. */
  mediaType: z.string(),
  base64: z.string(),
});
export type FileBytes = z.infer<typeof FileBytes>;

/**
 * Reads files that a caller uploaded. Errors: `not_found` for a file that is unknown, another caller's, deleted or expired; `invalid_request`
 * for files that have more than `bytesMax` bytes together.
 */
export const filesRead = defineRpc({
  subject: 'files.read',
  isRepeatable: true,
  request: z.object({
    caller: Caller,
    fileIds: z.array(z.string()),
    bytesMax: z.number().int().positive().max(readFilesBytesMax),
  }),
  /** In the order of the request. */
  reply: z.object({ files: z.array(FileBytes) }),
});
