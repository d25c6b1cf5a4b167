import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { AppError, decodedBy, type RawRequest, refusal } from '@antiphon/contracts';
import { Busboy, type BusboyConfig, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import type { z } from 'zod';
import { drainBody } from './request-body.ts';

/** The body of a request as `multipart/form-data`, not read yet. */
export interface FormBody {
  request: IncomingMessage;
  headers: RawRequest['headers'];
}

/** A file of a form, as it arrives. */
export interface FormFile {
  filename: string;
  mimeType: string;
  bytes: Readable;
}

/** What a form may have. */
export interface FormLimits {
  /** Text fields and files together. */
  partsMax: number;
  /** Bytes of one text field. */
  fieldBytesMax: number;
}

/** A form whose fields `schema` describes. Throws `unsupported_media_type` for another body. */
export function formOf<Schema extends z.ZodType>(schema: Schema) {
  return decodedBy(schema, (value, { headers }): FormBody => {
    // The server gives a form to its route as the request itself.
    if (value instanceof Readable) return { request: value as IncomingMessage, headers };
    throw new AppError('unsupported_media_type', 'Send the file as multipart/form-data.');
  });
}

/** Characters of a file's name. */
export const filenameCharactersMax = 255;

/**
 * Reads a form: gives each file to `take` while it arrives, no faster than `take` reads it. Returns the text fields once all files are taken.
 * Throws `invalid_request` for a form that is malformed, ends early or has too much, and what `take` throws; the rest of the body is then dropped.
 */
export async function receiveForm(
  { request, headers }: FormBody,
  limits: FormLimits,
  take: (name: string, file: FormFile) => Promise<unknown>,
): Promise<ReadonlyMap<string, string>> {
  const fields = new Map<string, string>();
  const files: { bytes: Readable; taken: Promise<unknown> }[] = [];
  const parser = parserOf(headers, limits);
  const received = new Promise<void>((resolve, reject) => {
    const takeFile = async (name: string, file: FormFile) =>
      take(name, { ...file, filename: checkedName(name, file.filename) });
    const tooMany = () => reject(malformed(`it has more than ${limits.partsMax} fields`));
    parser
      .on('field', (name, value, isNameCut, isValueCut) => {
        if (isNameCut || isValueCut)
          reject(refusal([name], `must be at most ${limits.fieldBytesMax} bytes long`));
        fields.set(name, value);
      })
      .on('file', (name, bytes, filename: string | undefined, _encoding, mimeType) => {
        const taken = takeFile(name, { filename: filename ?? '', mimeType, bytes });
        files.push({ bytes, taken });
        taken.catch(reject);
      })
      .on('fieldsLimit', tooMany)
      .on('partsLimit', tooMany)
      .on('error', (error) => reject(malformed('its parts cannot be read', error)))
      .on('finish', resolve);
    request.on('close', () => {
      if (!request.complete) reject(new AppError('cancelled', 'The request ended before its body.'));
    });
    request.pipe(parser);
  });
  try {
    await received;
    await Promise.all(files.map(({ taken }) => taken));
    return fields;
  } catch (error) {
    request.unpipe(parser);
    void drainBody(request);
    // Of the files no more arrives: waits until their bytes are dropped.
    for (const { bytes } of files) bytes.destroy();
    await Promise.allSettled(files.map(({ taken }) => taken));
    throw AppError.from(error);
  }
}

function parserOf(headers: RawRequest['headers'], { partsMax, fieldBytesMax }: FormLimits): BusboyInstance {
  const config: BusboyConfig = {
    headers: headers as BusboyHeaders, // routes with forms are called with a content type only
    limits: {
      fields: partsMax,
      fieldSize: fieldBytesMax,
      fieldNameSize: 100,
      parts: partsMax,
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
  // Control characters could end a header of a download.
  if (/\p{Cc}/u.test(filename)) throw refusal([field], 'must have a filename without control characters');
  return filename;
}

function malformed(complaint: string, cause?: unknown): AppError {
  return new AppError('invalid_request', `The form is malformed: ${complaint}.`, { cause });
}
