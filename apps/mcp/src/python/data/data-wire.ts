import { z } from 'zod';
import type { DataChanges, DataFiles, DataLimits } from './data-files.ts';
import { keepChanges } from './data-keeper.ts';

/** Base64 writes three bytes as four. */
const base64Factor = 4 / 3;

/** The fields of a runner's answer about files: those that the code made or changed, and the paths of those that it removed. */
export const changedFields = {
  files: z.array(z.object({ path: z.string(), content: z.base64() })).default([]),
  removed: z.array(z.string()).default([]),
};

/** The request of a runner with the field `files`: all files in base64, or null. As bytes, because base64 of many files as one text would fill the heap. */
export async function bodyWithFiles(fields: object, data: DataFiles | null): Promise<Buffer> {
  if (data === null) return Buffer.from(JSON.stringify({ ...fields, files: null }));
  const files: Buffer[] = [];
  for (const file of await data.list()) {
    const content = (await data.read(file)).toString('base64');
    files.push(Buffer.from(`${files.length > 0 ? ',' : ''}${JSON.stringify({ path: file.path, content })}`));
  }
  const head = Buffer.from(`${JSON.stringify(fields).slice(0, -1)},"files":[`);
  return Buffer.concat([head, ...files, Buffer.from(']}')]);
}

/** The most bytes of files in base64. */
export function wireBytesMax({ bytesMax }: DataLimits): number {
  return Math.ceil(base64Factor * bytesMax);
}

/** Keeps the files of a runner's answer. */
export function keepAnswered(
  { files, removed }: z.output<z.ZodObject<typeof changedFields>>,
  data: DataFiles,
  limits: DataLimits,
): Promise<DataChanges> {
  const changed = files.slice(0, limits.filesMax).map(({ path, content }) => {
    const bytes = Buffer.from(content, 'base64');
    return { path, bytes: bytes.length, read: async () => bytes };
  });
  return keepChanges({ changed, removed, isCut: files.length > limits.filesMax }, data, limits);
}
