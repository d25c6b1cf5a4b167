import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { AppError, decodedBy, type RawRequest, refusal } from '@antiphon/contracts';
import { drainBody } from '@antiphon/service-kit';
import { Busboy, type BusboyConfig, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import type { z } from 'zod';

/** The body of a request as `multipart/form-data`, not read yet. */
export interface FormBody {
  request: IncomingMessage;
  headers: RawRequest['headers'];
}

/** The file of a form, as it arrives. */
export interface FormFile {
  filename: string;
  mimeType: string;
  bytes: Readable;
}

interface ArrivingFile<Taken> {
  bytes: Readable;
  taken: Promise<Taken>;
}

/** A form whose fields `schema` describes. Throws `unsupported_media_type` for another body. */
export function formOf<Schema extends z.ZodType>(schema: Schema) {
  return decodedBy(schema, (value, { headers }): FormBody => {
    // For a form, the body of a route is the request itself.
    if (value instanceof Readable) return { request: value as IncomingMessage, headers };
    throw new AppError('unsupported_media_type', 'Send the file as multipart/form-data.');
  });
}

const fieldsMax = 16;
const fieldBytesMax = 1_024;
export const filenameCharactersMax = 255;

/**
 * Reads a form: gives its one file, the field `fileField`, to `take` while it arrives, no faster than `take` reads it. Returns the text
 * fields. Throws `invalid_request` for a form that is malformed, ends early, or has no file, several files or too many fields, and what
 * `take` throws; the rest of the body is then dropped.
 */
export async function readForm<Taken>(
  { request, headers }: FormBody,
  fileField: string,
  take: (file: FormFile) => Promise<Taken>,
): Promise<{ fields: ReadonlyMap<string, string>; taken: Taken }> {
  const fields = new Map<string, string>();
  const form: { file: ArrivingFile<Taken> | null } = { file: null };
  const takeOnce = (name: string, bytes: Readable, filename: string, mimeType: string) => {
    if (name !== fileField) throw refusal([name], `must not be a file: send it as ${fileField}`);
    if (form.file) throw refusal([name], 'must be given once');
    const taken = take({ filename: checkedName(name, filename), mimeType, bytes });
    form.file = { bytes, taken };
    return taken;
  };
  const parser = parserOf(headers);
  const received = new Promise<void>((resolve, reject) => {
    parser
      .on('field', (name, value, isNameCut, isValueCut) => {
        if (isNameCut || isValueCut) reject(refusal([name], `must be at most ${fieldBytesMax} bytes long`));
        fields.set(name, value);
      })
      .on('file', (name, bytes, filename: string | undefined, _encoding, mimeType) => {
        try {
          takeOnce(name, bytes, filename ?? '', mimeType).catch(reject);
        } catch (error) {
          reject(AppError.from(error));
        }
      })
      .on('fieldsLimit', () => reject(malformed(`it has more than ${fieldsMax} fields`)))
      .on('partsLimit', () => reject(malformed(`it has more than ${fieldsMax} fields`)))
      .on('error', (error) => reject(malformed('its parts cannot be read', error)))
      .on('finish', resolve);
    request.on('close', () => {
      if (!request.complete) reject(new AppError('cancelled', 'The request ended before its body.'));
    });
    request.pipe(parser);
  });
  try {
    await received;
    const { taken } = requireFile(form.file, fileField);
    return { fields, taken: await taken };
  } catch (error) {
    request.unpipe(parser);
    void drainBody(request);
    await abandon(form.file);
    throw error;
  }
}

/** Waits until the remaining bytes of a file are dropped. */
async function abandon(file: ArrivingFile<unknown> | null): Promise<void> {
  file?.bytes.destroy();
  await file?.taken.catch(() => undefined);
}

function requireFile<File>(file: File | null, field: string): File {
  if (file) return file;
  throw new AppError('invalid_request', `${field} is required: a file`, { param: field });
}

function parserOf(headers: RawRequest['headers']): BusboyInstance {
  const config: BusboyConfig = {
    headers: headers as BusboyHeaders, // routes with forms are called with a content type only
    limits: {
      fields: fieldsMax,
      fieldSize: fieldBytesMax,
      fieldNameSize: 100,
      parts: fieldsMax,
      headerPairs: 20,
    },
  };
  try {
    return new Busboy(config);
  } catch (error) {
    throw malformed('its content type has no boundary', error);
  }
}

function checkedName(field: string, filename: string): string {
  if (filename === '') throw refusal([field], 'must have a filename');
  if (filename.length > filenameCharactersMax)
    throw refusal([field], `must have a filename of at most ${filenameCharactersMax} characters`);
  // Control characters could end a header of the download.
  if (/\p{Cc}/u.test(filename)) throw refusal([field], 'must have a filename without control characters');
  return filename;
}

function malformed(complaint: string, cause?: unknown): AppError {
  return new AppError('invalid_request', `The form is malformed: ${complaint}.`, { cause });
}
