import { accountKindOf, AppError, type Caller, newId, refusal } from '@antiphon/contracts';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { MCP_CONFIG } from '../../config.ts';
import type { FileLimits } from '../file-limits.ts';
import { PART_CONTENTS, type PartContents, type StoreName } from './part-contents.ts';

/** A part whose bytes are stored, and which belongs to no file or upload yet. */
export interface NewPart {
  id: string;
  bytes: number;
}

export interface StoredPart extends NewPart {
  store: StoreName;
}

/** What owns parts: a file, an upload until it is completed, or a file of a container. */
export type PartOwner = { fileId: string } | { uploadId: string } | { containerFileId: string };

/** How long a part may take to arrive and to get an owner. The HTTP server ends requests long before. */
const arrivalMs = 3_600_000;
/** How long the removal of a part may take before another instance tries it. */
const removalMs = 300_000;

/**
 * The stored bytes of files. A file consists of parts in order: one where a request sent it as a whole, several after an upload. A part
 * counts towards its caller's bytes from the first byte on, with the most bytes that may still arrive.
 */
@Injectable()
export class FileParts implements OnApplicationShutdown {
  private readonly limits: FileLimits;

  constructor(
    private readonly database: DataSource,
    @Inject(PART_CONTENTS) private readonly stores: readonly [PartContents, ...PartContents[]],
    @Inject(MCP_CONFIG) config: { files: { limits: FileLimits } },
  ) {
    this.limits = config.files.limits;
  }

  /**
   * Stores the bytes of a part. Throws `payload_too_large` beyond `bytesMax`, `forbidden` once the caller has no room left, and
   * `invalid_request` for a part without bytes. A part that fails is released.
   */
  async write(
    caller: Caller,
    source: AsyncIterable<Buffer>,
    { bytesMax, expectedMax = bytesMax, field }: PartRules,
  ): Promise<NewPart> {
    const [store] = this.stores;
    const { id, roomBytes } = await this.reserve(caller, Math.min(bytesMax, expectedMax), store.name);
    let bytes = 0;
    const count = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bytesMax) throw tooLarge(field, bytesMax);
      if (bytes > roomBytes) throw this.noRoom(caller);
    };
    try {
      await store.write(id, watched(source, count));
      if (bytes === 0) throw refusal([field], 'must not be empty');
      await this.database.query('update mcp.file_parts set bytes = $2 where id = $1', [id, bytes]);
      return { id, bytes };
    } catch (error) {
      await this.discard([id]);
      throw error;
    }
  }

  /** Throws `forbidden` where a caller has no room for this many bytes. */
  async requireRoom(db: EntityManager, caller: Caller, bytes: number): Promise<void> {
    if ((await this.roomOf(db, caller)) < bytes) throw this.noRoom(caller);
  }

  /** Gives parts to their owner, in this order. Throws `conflict` where one of them was released. */
  async attach(db: EntityManager, caller: Caller, ids: readonly string[], owner: PartOwner): Promise<void> {
    const [, count]: [unknown, number] = await db.query(
      `update mcp.file_parts part
          set status = 'kept', due_at = null, file_id = $3, upload_id = $4, container_file_id = $5, position = given.place
         from unnest($2::text[]) with ordinality as given (id, place)
        where part.id = given.id and part.user_id = $1 and part.status <> 'released'`,
      [
        caller.userId,
        ids,
        'fileId' in owner ? owner.fileId : null,
        'uploadId' in owner ? owner.uploadId : null,
        'containerFileId' in owner ? owner.containerFileId : null,
      ],
    );
    if (count !== ids.length)
      throw new AppError('conflict', 'A part of the file was removed in the meantime: send it again.');
  }

  /** The parts of their owner, in order. */
  of(owner: PartOwner, db: EntityManager = this.database.manager): Promise<StoredPart[]> {
    const [column, id] = columnOf(owner);
    return db.query(
      `select id, store, bytes::float8 as bytes from mcp.file_parts where ${column} = $1 order by position, id`,
      [id],
    );
  }

  /** The bytes of parts, one after the other. Throws `unavailable` for a part in a store that is not configured any more. */
  async *read(parts: readonly StoredPart[]): AsyncGenerator<Buffer> {
    for (const part of parts) yield* this.storeOf(part).read(part.id);
  }

  /** Takes parts from their owners. They no longer count, and the next clean-up removes their bytes. */
  async release(db: EntityManager, ids: readonly string[]): Promise<void> {
    await db.query(`${releasing} where id = any($1)`, [ids]);
  }

  /** Releases those of these parts that have no owner. */
  async discard(ids: readonly string[]): Promise<void> {
    await this.database.query(`${releasing} where id = any($1) and status = 'arriving'`, [ids]);
  }

  /** Releases all parts of these files. */
  async releaseFiles(db: EntityManager, fileIds: readonly string[]): Promise<void> {
    await db.query(`${releasing} where file_id = any($1)`, [fileIds]);
  }

  /** Releases all parts of these uploads. Parts of files that uploads became stay. */
  async releaseUploads(db: EntityManager, uploadIds: readonly string[]): Promise<void> {
    await db.query(`${releasing} where upload_id = any($1)`, [uploadIds]);
  }

  /** Releases all parts of these files of containers. */
  async releaseContainerFiles(db: EntityManager, ids: readonly string[]): Promise<void> {
    await db.query(`${releasing} where container_file_id = any($1)`, [ids]);
  }

  /** Releases all parts of a removed user, and removes the user's id from them. */
  async releaseUser(db: EntityManager, userId: string): Promise<void> {
    await db.query(`${releasing}, user_id = '' where user_id = $1`, [userId]);
  }

  /** Removes up to `countMax` parts that are released, or that never got an owner. Returns how many it removed. */
  async removeReleased(countMax: number): Promise<number> {
    // The new time keeps other instances from these parts. A removal that fails is tried again then.
    const [parts]: [Pick<StoredPart, 'id' | 'store'>[], number] = await this.database.query(
      `update mcp.file_parts set status = 'released', due_at = clock_timestamp() + $2 * interval '1 ms'
        where id in (
          select id from mcp.file_parts where due_at <= clock_timestamp() and store = any($3)
           order by due_at limit $1 for update skip locked)
       returning id, store`,
      [countMax, removalMs, this.stores.map(({ name }) => name)],
    );
    for (const part of parts) {
      await this.storeOf(part).remove(part.id);
      await this.database.query('delete from mcp.file_parts where id = $1', [part.id]);
    }
    return parts.length;
  }

  onApplicationShutdown(): void {
    for (const store of this.stores) store.close?.();
  }

  private reserve(caller: Caller, bytesMax: number, store: StoreName) {
    return this.database.transaction(async (db) => {
      await lockFilesOf(db, caller);
      const roomBytes = Math.min(bytesMax, await this.roomOf(db, caller));
      if (roomBytes <= 0) throw this.noRoom(caller);
      const id = newId('uploadPart');
      await db.query(
        `insert into mcp.file_parts (id, user_id, store, bytes, status, due_at)
         values ($1, $2, $3, $4, 'arriving', clock_timestamp() + $5 * interval '1 ms')`,
        [id, caller.userId, store, roomBytes, arrivalMs],
      );
      return { id, roomBytes };
    });
  }

  private async roomOf(db: EntityManager, caller: Caller): Promise<number> {
    const [used]: [{ bytes: number }] = await db.query(
      `select coalesce(sum(bytes), 0)::float8 as bytes from mcp.file_parts
        where user_id = $1 and status <> 'released'`,
      [caller.userId],
    );
    return this.bytesMaxOf(caller) - used.bytes;
  }

  private bytesMaxOf(caller: Caller): number {
    const { callerBytesMax, guestBytesMax } = this.limits;
    return accountKindOf(caller) === 'guest' ? guestBytesMax : callerBytesMax;
  }

  private noRoom(caller: Caller): AppError {
    return new AppError(
      'forbidden',
      `Your files may take ${this.bytesMaxOf(caller)} bytes in all, and there is not enough room left: delete files first.`,
      { reason: 'storage_limit_exceeded' },
    );
  }

  private storeOf({ store }: Pick<StoredPart, 'store'>): PartContents {
    const found = this.stores.find(({ name }) => name === store);
    if (found) return found;
    throw new AppError('unavailable', 'The store that holds this file is not configured.');
  }
}

export interface PartRules {
  bytesMax: number;
  /** The most that may arrive, where that is known; the part reserves no more. */
  expectedMax?: number | undefined;
  /** The field of the form that has the bytes, for errors. */
  field: string;
}

/** Serializes the changes that count towards one caller's limits, until the end of the transaction. */
export async function lockFilesOf(db: EntityManager, caller: Caller): Promise<void> {
  await db.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`mcp.files ${caller.userId}`]);
}

const releasing = `
  update mcp.file_parts
     set status = 'released', due_at = clock_timestamp(), position = null,
         file_id = null, upload_id = null, container_file_id = null`;

function columnOf(owner: PartOwner): [column: string, id: string] {
  if ('fileId' in owner) return ['file_id', owner.fileId];
  if ('uploadId' in owner) return ['upload_id', owner.uploadId];
  return ['container_file_id', owner.containerFileId];
}

async function* watched(
  source: AsyncIterable<Buffer>,
  look: (chunk: Buffer) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    look(chunk);
    yield chunk;
  }
}

function tooLarge(field: string, bytesMax: number): AppError {
  return new AppError('payload_too_large', `${field} must be at most ${bytesMax} bytes`, {
    param: field,
  });
}
