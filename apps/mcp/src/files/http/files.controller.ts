import type { Caller, InputOf } from '@antiphon/contracts';
import { CallerGuard, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, Inject, Req, Res, type Type, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MCP_CONFIG } from '../../config.ts';
import type { FileLimits } from '../file-limits.ts';
import { FileStore } from '../stored/file.store.ts';
import { decodeFileFields } from './file-fields.ts';
import { encodeFile, encodeFileList } from './file-wire.ts';
import { PartReceiver } from './part-receiver.ts';
import { PartSender } from './part-sender.ts';
import type { FileRoutes } from './routes.ts';

type OfFile = InputOf<FileRoutes['retrieveFile']>;

/** Takes, shows, sends and deletes files. */
export function filesControllerFor(routes: FileRoutes): Type<object> {
  @Controller()
  @UseGuards(CallerGuard)
  class FilesController {
    constructor(
      private readonly files: FileStore,
      private readonly receiver: PartReceiver,
      private readonly sender: PartSender,
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
      await this.sender.send(caller, file, { fileId: id }, { request, reply });
    }

    @Serves(routes.deleteFile)
    async remove({ params: { id } }: InputOf<FileRoutes['deleteFile']>, @CurrentCaller() caller: Caller) {
      await this.files.remove(caller, id);
      return { id, object: 'file' as const, deleted: true as const };
    }
  }
  return FilesController;
}
