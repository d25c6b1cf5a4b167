import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { AppError, type Caller, refusal } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { MCP_CONFIG } from '../config.ts';
import { FileParts } from '../files/parts/file-parts.ts';
import type { FileEntity } from '../files/stored/file.entity.ts';
import { FileStore } from '../files/stored/file.store.ts';
import type { DataFile, DataFiles } from '../python/data/data-files.ts';
import type { ContainerLimits } from './container-limits.ts';
import type { FileSource } from './stored/container.ts';
import { ContainerFileStore, type KeptFile } from './stored/container-file.store.ts';

/** Where a file goes, and where it is from. */
export interface FilePlace {
  path: string;
  source: FileSource;
  originId: string | null;
}

/** Brings files into containers, and reads them. */
@Injectable()
export class ContainerFiles {
  private readonly limits: ContainerLimits;

  constructor(
    private readonly stored: ContainerFileStore,
    private readonly files: FileStore,
    private readonly parts: FileParts,
    @Inject(MCP_CONFIG) config: { containers: { limits: ContainerLimits } },
  ) {
    this.limits = config.containers.limits;
  }

  /** The caller's files with these ids. Throws `not_found` for an unknown one, and `invalid_request` for one that no container may have. */
  async find(caller: Caller, fileIds: readonly string[]): Promise<FileEntity[]> {
    const found: FileEntity[] = [];
    const { fileBytesMax } = this.limits.data;
    for (const [place, id] of fileIds.entries()) {
      const file = await this.files.findOrNull(caller, id);
      if (!file) throw unknownFile(id);
      if (file.bytes > fileBytesMax)
        throw refusal(
          ['file_ids', place],
          `must be a file of at most ${fileBytesMax} bytes, got ${file.bytes}`,
        );
      const name = dataPathOf(file.filename);
      if (found.some(({ filename }) => dataPathOf(filename) === name))
        throw refusal(
          ['file_ids', place],
          `must have another filename than the files before it, got ${name}`,
        );
      found.push(file);
    }
    return found;
  }

  /** Copies those of the caller's files that a container has no copy of yet. Throws what `find` and `write` throw. */
  async copyMissing(caller: Caller, containerId: string, fileIds: readonly string[]): Promise<void> {
    if (fileIds.length === 0) return;
    const there = new Set((await this.stored.all(containerId)).map(({ originId }) => originId));
    const missing = await this.find(
      caller,
      fileIds.filter((id) => !there.has(id)),
    );
    for (const file of missing) await this.copy(caller, containerId, file);
  }

  /** Copies a file into a container. A file with its name gets the bytes. */
  async copy(caller: Caller, containerId: string, file: FileEntity): Promise<KeptFile> {
    const place = { path: dataPathOf(file.filename), source: 'user', originId: file.id } as const;
    const bytes = this.parts.read(await this.parts.of({ fileId: file.id }));
    return this.write(caller, containerId, place, bytes);
  }

  /** Copies the caller's file with this id, again where it is there already. Throws what `find` and `write` throw. */
  async copyNamed(caller: Caller, containerId: string, fileId: string): Promise<KeptFile> {
    const [file] = await this.find(caller, [fileId]);
    if (!file) throw unknownFile(fileId);
    return this.copy(caller, containerId, file);
  }

  /** Stores bytes as a file. Throws what `FileParts.write` and `ContainerFileStore.put` throw. */
  async write(
    caller: Caller,
    containerId: string,
    place: FilePlace,
    bytes: AsyncIterable<Buffer>,
  ): Promise<KeptFile> {
    const rules = { bytesMax: this.limits.data.fileBytesMax, field: 'file' };
    const part = await this.parts.write(caller, bytes, rules);
    try {
      return await this.stored.put(caller, containerId, { ...place, part });
    } catch (error) {
      await this.parts.discard([part.id]);
      throw error;
    }
  }

  /** Stores bytes that may be none. */
  async save(caller: Caller, containerId: string, place: FilePlace, bytes: Buffer): Promise<KeptFile> {
    if (bytes.length === 0) return this.stored.put(caller, containerId, { ...place, part: null });
    return this.write(caller, containerId, place, Readable.from([bytes], { objectMode: true }));
  }

  /** The files of a container as code sees them in `/mnt/data`. */
  dataOf(caller: Caller, containerId: string): DataFiles {
    return {
      list: async () => (await this.stored.all(containerId)).map(dataFile),
      read: ({ id }) => this.read(id),
      save: async (path, bytes) => {
        const place = { path, source: 'assistant', originId: null } as const;
        return dataFile(await this.save(caller, containerId, place, bytes));
      },
      remove: (paths) => this.stored.removePaths(containerId, paths),
    };
  }

  /** The bytes of a file, which are at most as many as one file may have. */
  async read(fileId: string): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.parts.read(await this.parts.of({ containerFileId: fileId })))
      chunks.push(chunk);
    return Buffer.concat(chunks);
  }
}

/** The version of a file is the part that holds its bytes. */
function dataFile({ id, path, bytes, partId }: KeptFile): DataFile {
  return { id, path, bytes, version: partId ?? 'empty' };
}

function unknownFile(id: string): AppError {
  return new AppError('not_found', `There is no file "${id.slice(0, 64)}".`, { param: 'file_ids' });
}

/** The path that a file of this name gets: its last part, so that a caller's file is directly in `/mnt/data`. */
export function dataPathOf(filename: string): string {
  const name = posix.basename(filename.toWellFormed().replaceAll('\\', '/'));
  return name === '' || name === '.' || name === '..' ? 'file' : name;
}
