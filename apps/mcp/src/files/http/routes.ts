import { decoded, defineRoute, pageOf } from '@antiphon/contracts';
import { filenameCharactersMax, formOf } from '@antiphon/service-kit';
import { z } from 'zod';
import type { FileLimits } from '../file-limits.ts';
import { decodeFilesQuery, ExpiresAfter, FileFields, FilesQuery, Purpose } from './file-fields.ts';

/** What a form adds to its file: boundaries, headers and text fields. */
export const formOverheadBytes = 64 * 1024;

const bytes = z.string().meta({ format: 'binary' });
const FileForm = FileFields.extend({ file: bytes });
const PartForm = z.object({ data: bytes });

const NewUpload = z.object({
  bytes: z.int().min(1),
  filename: z
    .string()
    .min(1)
    .max(filenameCharactersMax)
    .regex(/^\P{Cc}*$/u, 'must not have control characters'),
  mime_type: z.string().min(1).max(255),
  purpose: Purpose,
  expires_after: ExpiresAfter.optional(),
});
const Completion = z.object({
  part_ids: z.array(z.string().max(64)).min(1).max(10_000),
  md5: z.string().max(64).nullish(),
});

const FileReply = z.looseObject({
  id: z.string(),
  object: z.literal('file'),
  bytes: z.int(),
  created_at: z.int(),
  filename: z.string(),
  purpose: z.string(),
  status: z.literal('processed'),
  expires_at: z.int().optional(),
});
const FileList = pageOf(FileReply);
const DeletedFile = z.looseObject({ id: z.string(), object: z.literal('file'), deleted: z.literal(true) });
const Upload = z.looseObject({
  id: z.string(),
  object: z.literal('upload'),
  bytes: z.int(),
  created_at: z.int(),
  expires_at: z.int(),
  filename: z.string(),
  purpose: z.string(),
  status: z.enum(['pending', 'completed', 'cancelled', 'expired']),
  file: FileReply.nullable(),
});
const Part = z.looseObject({
  id: z.string(),
  object: z.literal('upload.part'),
  created_at: z.int(),
  upload_id: z.string(),
});

export type WireFile = z.input<typeof FileReply>;
export type WireFileList = z.input<typeof FileList>;
export type WireUpload = z.input<typeof Upload>;

/** The schemas that the document of the service has by name. */
export const fileSchemas = {
  requests: { FileForm, PartForm, NewUpload, UploadCompletion: Completion },
  replies: { File: FileReply, FileList, DeletedFile, Upload, UploadPart: Part },
};

/** Files, and files that are uploaded in parts. The limits of the bodies are the operator's. */
export function fileRoutes(limits: Pick<FileLimits, 'fileBytesMax' | 'partBytesMax'>) {
  const file = '/v1/files/{id}';
  const upload = '/v1/uploads/{id}';
  return {
    createFile: defineRoute({
      method: 'post',
      path: '/v1/files',
      name: 'createFile',
      summary: 'Upload a file',
      form: { bytesMax: limits.fileBytesMax + formOverheadBytes },
      body: formOf(FileForm),
      reply: reply('The file', FileReply),
    }),
    listFiles: defineRoute({
      method: 'get',
      path: '/v1/files',
      name: 'listFiles',
      summary: 'Your files, newest first',
      query: decoded(FilesQuery, decodeFilesQuery),
      reply: reply('A page of files', FileList),
    }),
    retrieveFile: defineRoute({
      method: 'get',
      path: file,
      name: 'retrieveFile',
      summary: 'A file',
      reply: reply('The file', FileReply),
    }),
    downloadFile: defineRoute({
      method: 'get',
      path: `${file}/content`,
      name: 'downloadFile',
      summary: 'The bytes of a file',
      reply: { status: 200, description: 'The bytes', isFile: true },
    }),
    deleteFile: defineRoute({
      method: 'delete',
      path: file,
      name: 'deleteFile',
      summary: 'Delete a file',
      reply: reply('Deleted', DeletedFile),
    }),
    createUpload: defineRoute({
      method: 'post',
      path: '/v1/uploads',
      name: 'createUpload',
      summary: 'Begin to upload a file in parts',
      body: NewUpload,
      reply: reply('The upload', Upload),
    }),
    addPart: defineRoute({
      method: 'post',
      path: `${upload}/parts`,
      name: 'addUploadPart',
      summary: 'Send a part',
      form: { bytesMax: limits.partBytesMax + formOverheadBytes },
      body: formOf(PartForm),
      reply: reply('The part', Part),
    }),
    completeUpload: defineRoute({
      method: 'post',
      path: `${upload}/complete`,
      name: 'completeUpload',
      summary: 'Make a file of the parts, in the given order',
      body: Completion,
      reply: reply('The upload with its file', Upload),
    }),
    cancelUpload: defineRoute({
      method: 'post',
      path: `${upload}/cancel`,
      name: 'cancelUpload',
      summary: 'Cancel an upload',
      reply: reply('The upload', Upload),
    }),
  };
}

export type FileRoutes = ReturnType<typeof fileRoutes>;

function reply<Json extends z.ZodType>(description: string, json: Json) {
  return { status: 200, description, json };
}
