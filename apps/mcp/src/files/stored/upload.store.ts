import { createHash } from 'node:crypto';
import { AppError, type Caller, isId, newId, refusal } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { MCP_CONFIG } from '../../config.ts';
import type { FileLimits } from '../file-limits.ts';
import { FileParts, lockFilesOf, type NewPart, type StoredPart } from '../parts/file-parts.ts';
import type { FileEntity } from './file.entity.ts';
import { FileStore, type NewFile } from './file.store.ts';
import { UploadEntity } from './upload.entity.ts';

export interface UploadResult {
  upload: UploadEntity;
  /** The file that it became; null before, and once that file is deleted. */
  file: FileEntity | null;
}

export interface Completion {
  /** In the order of the file. */
  partIds: readonly string[];
  /** The expected MD5 of the file in hexadecimal digits, or in base64. */
  md5: string | null;
}

/** How long an upload is kept after it expires, so that late requests get a clear error. */
const keptMs = 86_400_000;

/** Files that arrive in parts. Each step is guarded by the status of the upload's row. */
@Injectable()
export class UploadStore {
  private readonly limits: FileLimits;

  constructor(
    private readonly database: DataSource,
    private readonly parts: FileParts,
    private readonly files: FileStore,
    @Inject(MCP_CONFIG) config: { files: { limits: FileLimits } },
  ) {
    this.limits = config.files.limits;
  }

  /** Throws `payload_too_large` for a larger file than allowed, `forbidden` without room for it or with too many open uploads. */
  async create(caller: Caller, file: NewFile & { bytes: number }): Promise<UploadEntity> {
    const { uploadBytesMax, uploadTtlMs } = this.limits;
    if (file.bytes > uploadBytesMax) {
      const message = `bytes must be at most ${uploadBytesMax}, got ${file.bytes}`;
      throw new AppError('payload_too_large', message, { param: 'bytes' });
    }
    return this.database.transaction(async (db) => {
      await lockFilesOf(db, caller);
      await this.refuseTooManyOpen(db, caller);
      await this.parts.requireRoom(db, caller, file.bytes);
      const id = newId('upload');
      await db.query(
        `insert into mcp.uploads (id, user_id, filename, purpose, mime_type, bytes, expires_after_seconds, status,
                                  created_at, expires_at)
         select $1, $2, $3, $4, $5, $6, $7, 'pending', now, now + $8 * interval '1 ms' from clock_timestamp() as now`,
        [
          id,
          caller.userId,
          file.filename,
          file.purpose,
          file.mimeType,
          file.bytes,
          file.expiresAfterSeconds,
          uploadTtlMs,
        ],
      );
      return this.find(caller, id, db);
    });
  }

  /** Throws `not_found`, and `invalid_request` for an upload that takes no parts any more. */
  async requirePending(caller: Caller, id: string): Promise<void> {
    refuseUnlessPending(await this.find(caller, id));
  }

  /** Adds a stored part. Throws as `requirePending`, and `invalid_request` for too many parts. */
  async addPart(caller: Caller, id: string, part: NewPart): Promise<Date> {
    const { partsPerUploadMax } = this.limits;
    return this.database.transaction(async (db) => {
      refuseUnlessPending(await this.lock(db, caller, id));
      if ((await this.parts.of({ uploadId: id }, db)).length >= partsPerUploadMax)
        throw new AppError('invalid_request', `An upload has at most ${partsPerUploadMax} parts.`);
      await this.parts.attach(db, caller, [part.id], { uploadId: id });
      const [row] = await db.query<[{ now: Date }]>('select clock_timestamp() as now');
      return row.now;
    });
  }

  /**
   * Makes a file of the parts. A completed upload returns its file again. Throws `invalid_request` where the parts are not the upload's, have
   * another size than announced, or do not match the checksum.
   */
  async complete(caller: Caller, id: string, { partIds, md5 }: Completion): Promise<UploadResult> {
    const upload = await this.find(caller, id);
    if (upload.status === 'completed') return this.withFile(caller, upload);
    refuseUnlessPending(upload);
    const chosen = chooseParts(await this.parts.of({ uploadId: id }), partIds);
    const bytes = chosen.reduce((sum, part) => sum + part.bytes, 0);
    if (bytes !== upload.bytes)
      throw refusal(['part_ids'], `must have the ${upload.bytes} bytes of the upload together, got ${bytes}`);
    if (md5 !== null) await this.compare(chosen, md5);
    const file = await this.database.transaction(async (db) => {
      // The same order of locks as in every other transaction: the caller, then the upload.
      await lockFilesOf(db, caller);
      refuseUnlessPending(await this.lock(db, caller, id));
      const added = await this.files.add(caller, upload, chosen, db);
      await this.parts.releaseUploads(db, [id]);
      await db.update(UploadEntity, { id }, { status: 'completed', fileId: added.id });
      return added;
    });
    return { upload: await this.find(caller, id), file };
  }

  /** Cancels an upload. A cancelled one stays as it is. Throws `not_found`, and `invalid_request` for one that is completed or expired. */
  async cancel(caller: Caller, id: string): Promise<UploadEntity> {
    return this.database.transaction(async (db) => {
      const upload = await this.lock(db, caller, id);
      if (upload.status === 'cancelled') return upload;
      refuseUnlessPending(upload);
      await this.parts.releaseUploads(db, [id]);
      await db.update(UploadEntity, { id }, { status: 'cancelled' });
      return this.find(caller, id, db);
    });
  }

  /** Expires up to `countMax` uploads and releases their parts. Returns how many it expired. */
  endExpired(countMax: number): Promise<number> {
    return this.database.transaction(async (db) => {
      const rows = await db.query<{ id: string }[]>(
        `select id from mcp.uploads where status = 'pending' and expires_at <= clock_timestamp()
          order by expires_at limit $1 for update skip locked`,
        [countMax],
      );
      const ids = rows.map(({ id }) => id);
      await this.parts.releaseUploads(db, ids);
      await db.query(`update mcp.uploads set status = 'expired' where id = any($1)`, [ids]);
      return ids.length;
    });
  }

  /** Removes up to `countMax` uploads that ended long ago. Returns how many it removed. */
  async removeOld(countMax: number): Promise<number> {
    const [, count]: [unknown, number] = await this.database.query(
      `delete from mcp.uploads where id in (
         select id from mcp.uploads
          where status <> 'pending' and expires_at <= clock_timestamp() - $2 * interval '1 ms'
          order by expires_at limit $1 for update skip locked)`,
      [countMax, keptMs],
    );
    return count;
  }

  private async find(
    caller: Caller,
    id: string,
    db: EntityManager = this.database.manager,
    isLocked = false,
  ): Promise<UploadEntity> {
    if (!isId('upload', id)) throw unknownUpload(id);
    const query = db
      .createQueryBuilder(UploadEntity, 'upload')
      .where('upload.id = :id and upload.user_id = :userId', { id, userId: caller.userId });
    if (isLocked) query.setLock('pessimistic_write');
    const upload = await query.getOne();
    if (!upload) throw unknownUpload(id);
    const [row] = await db.query<[{ is_over: boolean }]>('select $1 <= clock_timestamp() as is_over', [
      upload.expiresAt,
    ]);
    if (upload.status === 'pending' && row.is_over) upload.status = 'expired';
    return upload;
  }

  private lock(db: EntityManager, caller: Caller, id: string): Promise<UploadEntity> {
    return this.find(caller, id, db, true);
  }

  private async withFile(caller: Caller, upload: UploadEntity): Promise<UploadResult> {
    const file = upload.fileId === null ? null : await this.files.findOrNull(caller, upload.fileId);
    return { upload, file };
  }

  private async refuseTooManyOpen(db: EntityManager, caller: Caller): Promise<void> {
    const { openUploadsMax } = this.limits;
    const count = await db.countBy(UploadEntity, { userId: caller.userId, status: 'pending' });
    if (count < openUploadsMax) return;
    throw new AppError(
      'forbidden',
      `You may have ${openUploadsMax} open uploads: complete or cancel one first.`,
      { reason: 'storage_limit_exceeded' },
    );
  }

  private async compare(parts: readonly StoredPart[], expected: string): Promise<void> {
    const hash = createHash('md5');
    for await (const chunk of this.parts.read(parts)) hash.update(chunk);
    const digest = hash.digest();
    if (expected.toLowerCase() === digest.toString('hex') || expected === digest.toString('base64')) return;
    throw refusal(['md5'], `must be the checksum of the file, which is ${digest.toString('hex')}`);
  }
}

function chooseParts(parts: readonly StoredPart[], ids: readonly string[]): StoredPart[] {
  const byId = new Map(parts.map((part) => [part.id, part]));
  return ids.map((id, place) => {
    const part = byId.get(id);
    if (!part) throw refusal(['part_ids', place], 'must be a part of this upload, given once');
    byId.delete(id);
    return part;
  });
}

function refuseUnlessPending({ status }: UploadEntity): void {
  if (status !== 'pending') throw new AppError('invalid_request', `The upload is ${status}.`);
}

function unknownUpload(id: string): AppError {
  return new AppError('not_found', `There is no upload "${id.slice(0, 64)}".`, { param: 'upload_id' });
}
