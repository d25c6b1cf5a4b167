import type { Caller, InputOf } from '@antiphon/contracts';
import { CallerGuard, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, Inject, type Type, UseGuards } from '@nestjs/common';
import { MCP_CONFIG } from '../../config.ts';
import type { FileLimits } from '../file-limits.ts';
import { UploadStore } from '../stored/upload.store.ts';
import { encodeUpload, seconds } from './file-wire.ts';
import { PartReceiver } from './part-receiver.ts';
import type { FileRoutes } from './routes.ts';

/** Files that are uploaded in parts. */
export function uploadsControllerFor(routes: FileRoutes): Type<object> {
  @Controller()
  @UseGuards(CallerGuard)
  class UploadsController {
    constructor(
      private readonly uploads: UploadStore,
      private readonly receiver: PartReceiver,
      @Inject(MCP_CONFIG) private readonly config: { files: { limits: FileLimits } },
    ) {}

    @Serves(routes.createUpload)
    async create({ body }: InputOf<FileRoutes['createUpload']>, @CurrentCaller() caller: Caller) {
      const { bytes, filename, purpose, mime_type: mimeType, expires_after: expiry } = body;
      const expiresAfterSeconds = expiry?.seconds ?? null;
      const upload = await this.uploads.create(caller, {
        bytes,
        filename,
        purpose,
        mimeType,
        expiresAfterSeconds,
      });
      return encodeUpload(upload, null);
    }

    @Serves(routes.addPart)
    async addPart({ params: { id }, body }: InputOf<FileRoutes['addPart']>, @CurrentCaller() caller: Caller) {
      await this.uploads.requirePending(caller, id);
      const rules = { bytesMax: this.config.files.limits.partBytesMax, field: 'data' };
      return this.receiver.receive(caller, body, rules, async ({ part }) => ({
        id: part.id,
        object: 'upload.part' as const,
        created_at: seconds(await this.uploads.addPart(caller, id, part)),
        upload_id: id,
      }));
    }

    @Serves(routes.completeUpload)
    async complete(
      { params: { id }, body: { part_ids: partIds, md5 } }: InputOf<FileRoutes['completeUpload']>,
      @CurrentCaller() caller: Caller,
    ) {
      const { upload, file } = await this.uploads.complete(caller, id, { partIds, md5: md5 ?? null });
      return encodeUpload(upload, file);
    }

    @Serves(routes.cancelUpload)
    async cancel({ params: { id } }: InputOf<FileRoutes['cancelUpload']>, @CurrentCaller() caller: Caller) {
      return encodeUpload(await this.uploads.cancel(caller, id), null);
    }
  }
  return UploadsController;
}
