import { AppError, type FileBytes, filesRead, sniffedType } from '@antiphon/contracts';
import { Answers } from '@antiphon/service-kit';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { FileParts } from './parts/file-parts.ts';
import type { FileEntity } from './stored/file.entity.ts';
import { FileStore } from './stored/file.store.ts';

/** Reads files for the inputs of responses. */
@Controller()
export class FilesHandler {
  constructor(
    private readonly files: FileStore,
    private readonly parts: FileParts,
  ) {}

  @Answers(filesRead)
  async read({
    caller,
    fileIds,
    bytesMax,
  }: z.infer<typeof filesRead.request>): Promise<z.infer<typeof filesRead.reply>> {
    const found: FileEntity[] = [];
    for (const id of fileIds) found.push(await this.files.find(caller, id));
    const bytes = found.reduce((sum, file) => sum + file.bytes, 0);
    if (bytes > bytesMax) throw tooLarge(found, bytes, bytesMax);
    const files: FileBytes[] = [];
    for (const file of found) files.push(await this.bytesOf(file));
    return { files };
  }

  private async bytesOf({ id, filename, mimeType }: FileEntity): Promise<FileBytes> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.parts.read(await this.parts.of({ fileId: id }))) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    return { id, filename, mediaType: sniffedType(body) ?? mimeType, base64: body.toString('base64') };
  }
}

function tooLarge(files: readonly FileEntity[], bytes: number, bytesMax: number): AppError {
  const what = files.length === 1 ? `the file ${files[0]?.id}` : `${files.length} files`;
  return new AppError(
    'invalid_request',
    `input names ${what} with ${bytes} bytes, and at most ${bytesMax} are allowed in one input: name smaller files, or let the model search them with the tool file_search.`,
    { param: 'input' },
  );
}
