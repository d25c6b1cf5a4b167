import type { Caller, InputOf } from '@antiphon/contracts';
import { CallerGuard, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, Inject, Req, Res, type Type, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MCP_CONFIG } from '../../config.ts';
import { PartReceiver } from '../../files/http/part-receiver.ts';
import { PartSender } from '../../files/http/part-sender.ts';
import { ContainerFiles, dataPathOf } from '../container-files.ts';
import type { ContainerLimits } from '../container-limits.ts';
import { ContainerFileStore } from '../stored/container-file.store.ts';
import { ContainerStore } from '../stored/container.store.ts';
import { downloadOf, encodeContainerFile, encodeContainerFileList } from './container-wire.ts';
import type { ContainerRoutes } from './routes.ts';

type OfFile = InputOf<ContainerRoutes['retrieveContainerFile']>;

/** Takes, shows, sends and deletes the files of containers. */
export function containerFilesControllerFor(routes: ContainerRoutes): Type<object> {
  @Controller()
  @UseGuards(CallerGuard)
  class ContainerFilesController {
    constructor(
      private readonly containers: ContainerStore,
      private readonly stored: ContainerFileStore,
      private readonly files: ContainerFiles,
      private readonly receiver: PartReceiver,
      private readonly sender: PartSender,
      @Inject(MCP_CONFIG) private readonly config: { containers: { limits: ContainerLimits } },
    ) {}

    @Serves(routes.createContainerFile)
    async create(
      { params: { id }, body }: InputOf<ContainerRoutes['createContainerFile']>,
      @CurrentCaller() caller: Caller,
    ) {
      await this.containers.use(caller, id);
      if ('fileId' in body) return encodeContainerFile(await this.files.copyNamed(caller, id, body.fileId));
      const rules = { bytesMax: this.config.containers.limits.data.fileBytesMax, field: 'file' };
      return this.receiver.receive(caller, body.form, rules, async ({ part, file: { filename } }) => {
        const place = { path: dataPathOf(filename), source: 'user', originId: null } as const;
        return encodeContainerFile(await this.stored.put(caller, id, { ...place, part }));
      });
    }

    @Serves(routes.listContainerFiles)
    async list(
      { params: { id }, query }: InputOf<ContainerRoutes['listContainerFiles']>,
      @CurrentCaller() caller: Caller,
    ) {
      await this.containers.use(caller, id);
      return encodeContainerFileList(await this.stored.list(id, query), query.limit);
    }

    @Serves(routes.retrieveContainerFile)
    async retrieve({ params: { id, fileId } }: OfFile, @CurrentCaller() caller: Caller) {
      await this.containers.use(caller, id);
      return encodeContainerFile(await this.stored.find(caller, id, fileId));
    }

    @Serves(routes.downloadContainerFile)
    async download(
      { params: { id, fileId } }: InputOf<ContainerRoutes['downloadContainerFile']>,
      @CurrentCaller() caller: Caller,
      @Req() request: FastifyRequest,
      @Res() reply: FastifyReply,
    ): Promise<void> {
      await this.containers.use(caller, id);
      const file = downloadOf(await this.stored.find(caller, id, fileId));
      await this.sender.send(caller, file, { containerFileId: fileId }, { request, reply });
    }

    @Serves(routes.deleteContainerFile)
    async remove(
      { params: { id, fileId } }: InputOf<ContainerRoutes['deleteContainerFile']>,
      @CurrentCaller() caller: Caller,
    ) {
      await this.containers.use(caller, id);
      await this.stored.remove(caller, id, fileId);
      return { id: fileId, object: 'container.file.deleted' as const, deleted: true as const };
    }
  }
  return ContainerFilesController;
}
