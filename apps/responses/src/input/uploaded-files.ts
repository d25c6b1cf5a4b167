import {
  AppError,
  type Caller,
  type ContentPart,
  type FileBytes,
  filesRead,
  type InputItem,
  partsOf,
} from '@antiphon/contracts';
import { isImageType } from '@antiphon/dialects';
import { BusClient } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { INPUT_FILES } from '../config.ts';

export interface InputFilesLimits {
  /** Bytes of all uploaded files that one input names. */
  bytesMax: number;
  timeoutMs: number;
}

/** Files in one input. */
const filesMax = 100;

/** Reads the uploaded files that an input names by their ids: their bytes become part of the items. */
@Injectable()
export class UploadedFiles {
  constructor(
    private readonly bus: BusClient,
    @Inject(INPUT_FILES) private readonly limits: InputFilesLimits,
  ) {}

  /**
   * Errors: `not_found` for a file that the caller does not have; `invalid_request` for too many or too large files, and for an image that is none;
   * `unavailable` without the mcp service.
   */
  async read(caller: Caller, items: readonly InputItem[], gone: AbortSignal): Promise<readonly InputItem[]> {
    const fileIds = [...new Set(items.flatMap(partsOf).flatMap((part) => unreadIdOf(part) ?? []))];
    if (fileIds.length === 0) return items;
    if (fileIds.length > filesMax)
      throw refusal(`names ${fileIds.length} files, and at most ${filesMax} are allowed`);
    const { bytesMax, timeoutMs } = this.limits;
    const time = { timeoutMs, waitMs: timeoutMs };
    const { files } = await this.bus.call(filesRead, { caller, fileIds, bytesMax }, time, gone);
    const byId = new Map(files.map((file) => [file.id, file]));
    return items.map((item) => withBytes(item, byId));
  }
}

function unreadIdOf(part: ContentPart): string | undefined {
  return (part.type === 'image' || part.type === 'file') && part.url === '' ? part.fileId : undefined;
}

function withBytes(item: InputItem, files: ReadonlyMap<string, FileBytes>): InputItem {
  if (!partsOf(item).some((part) => unreadIdOf(part) !== undefined)) return item;
  const read = (part: ContentPart): ContentPart => {
    const id = unreadIdOf(part);
    const file = id === undefined ? undefined : files.get(id);
    return file === undefined ? part : partWithBytes(part, file);
  };
  if (item.type === 'message') return { ...item, content: item.content.map(read) };
  if (item.type !== 'function_call_output' || typeof item.output === 'string') return item;
  return { ...item, output: item.output.map(read) };
}

function partWithBytes(part: ContentPart, { id, filename, mediaType, base64 }: FileBytes): ContentPart {
  const url = `data:${mediaType};base64,${base64}`;
  if (part.type === 'file') return { ...part, url, filename: part.filename ?? filename };
  if (part.type !== 'image') return part;
  if (isImageType(mediaType)) return { ...part, url };
  throw refusal(`names the file ${id} as an image, and it is ${mediaType}: name it in an input_file`);
}

function refusal(complaint: string): AppError {
  return new AppError('invalid_request', `input ${complaint}`, { param: 'input' });
}
