import { Readable } from 'node:stream';
import type { Caller, InputOf } from '@antiphon/contracts';
import { CallerGuard, CallerLimits, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, Inject, Req, Res, type Type, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MCP_CONFIG } from '../../config.ts';
import type { FileLimits } from '../file-limits.ts';
import { FileParts } from '../parts/file-parts.ts';
import { FileStore } from '../stored/file.store.ts';
import { decodeFileFields } from './file-fields.ts';
import { downloadHeaders, encodeFile, encodeFileList } from './file-wire.ts';
import { PartReceiver } from './part-receiver.ts';
import type { FileRoutes } from './routes.ts';

type OfFile = InputOf<FileRoutes['retrieveFile']>;

/** Takes, shows, sends and deletes files. */
export function filesControllerFor(routes: FileRoutes): Type<object> {
  @Controller()
  @UseGuards(CallerGuard)
  class FilesController {
    constructor(
      private readonly files: FileStore,
      private readonly parts: FileParts,
      private readonly receiver: PartReceiver,
      private readonly callerLimits: CallerLimits,
      @Inject(MCP_CONFIG) private readonly config: { files: { limits: FileLimits } },
    ) {}

    @Serves(routes.createFile)
    async create({ body }: InputOf<FileRoutes['createFile']>, @CurrentCaller() caller: Caller) {
      const rules = { bytesMax: this.config.files.limits.fileBytesMax, field: 'file' };
      return this.receiver.receive(caller, body, rules, async ({ part, file, fields }) =>
        encodeFile(await this.files.add(caller, { ...decodeFileFields(fields), ...file }, [part])),
      );
    }

    @Serves(routes.listFiles)
    async list({ query }: InputOf<FileRoutes['listFiles']>, @CurrentCaller() caller: Caller) {
      return encodeFileList(await this.files.list(caller, query), query.limit);
    }

    @Serves(routes.retrieveFile)
    async retrieve({ params: { id } }: OfFile, @CurrentCaller() caller: Caller) {
      return encodeFile(await this.files.find(caller, id));
    }

    @Serves(routes.downloadFile)
    async download(
      { params: { id } }: InputOf<FileRoutes['downloadFile']>,
      @CurrentCaller() caller: Caller,
      @Req() request: FastifyRequest,
      @Res() reply: FastifyReply,
    ): Promise<void> {
      const file = await this.files.find(caller, id);
      const parts = await this.parts.of({ fileId: id });
      this.callerLimits.holdWhileOpen(caller, 'streams', reply.raw);
      const bytes = request.method === 'HEAD' ? [] : this.parts.read(parts);
      await reply.headers(downloadHeaders(file)).send(Readable.from(bytes, { objectMode: false }));
    }

    @Serves(routes.deleteFile)
    async remove({ params: { id } }: InputOf<FileRoutes['deleteFile']>, @CurrentCaller() caller: Caller) {
      await this.files.remove(caller, id);
      return { id, object: 'file' as const, deleted: true as const };
    }
  }
  return FilesController;
}
