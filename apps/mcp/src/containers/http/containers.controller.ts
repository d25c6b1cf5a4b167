import type { Caller, InputOf } from '@antiphon/contracts';
import { CallerGuard, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, type Type, UseGuards } from '@nestjs/common';
import { ContainersService } from '../containers.service.ts';
import { ContainerStore } from '../stored/container.store.ts';
import { encodeContainer, encodeContainerList } from './container-wire.ts';
import type { ContainerRoutes } from './routes.ts';

/** Creates, shows and deletes containers. */
export function containersControllerFor(routes: ContainerRoutes): Type<object> {
  @Controller()
  @UseGuards(CallerGuard)
  class ContainersController {
    constructor(
      private readonly service: ContainersService,
      private readonly containers: ContainerStore,
    ) {}

    @Serves(routes.createContainer)
    async create({ body }: InputOf<ContainerRoutes['createContainer']>, @CurrentCaller() caller: Caller) {
      const { fileIds, ...fields } = body;
      return encodeContainer(await this.service.create(caller, fields, fileIds));
    }

    @Serves(routes.listContainers)
    async list({ query }: InputOf<ContainerRoutes['listContainers']>, @CurrentCaller() caller: Caller) {
      return encodeContainerList(await this.containers.list(caller, query), query.limit);
    }

    @Serves(routes.retrieveContainer)
    async retrieve(
      { params: { id } }: InputOf<ContainerRoutes['retrieveContainer']>,
      @CurrentCaller() caller: Caller,
    ) {
      return encodeContainer(await this.containers.touch(caller, id));
    }

    @Serves(routes.deleteContainer)
    async remove(
      { params: { id } }: InputOf<ContainerRoutes['deleteContainer']>,
      @CurrentCaller() caller: Caller,
    ) {
      await this.containers.remove(caller, id);
      return { id, object: 'container.deleted' as const, deleted: true as const };
    }
  }
  return ContainersController;
}
