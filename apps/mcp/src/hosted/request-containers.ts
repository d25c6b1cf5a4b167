import { AppError, type Caller, isId, type RequestContainer } from '@antiphon/contracts';
import { Injectable } from '@nestjs/common';
import { ContainerFiles, dataPathOf } from '../containers/container-files.ts';
import { ContainersService } from '../containers/containers.service.ts';
import { ContainerFileStore } from '../containers/stored/container-file.store.ts';
import { ContainerStore } from '../containers/stored/container.store.ts';

type AutoContainer = Extract<RequestContainer, { type: 'auto' }>;

/** Finds and makes the containers that requests name for their tools. */
@Injectable()
export class RequestContainers {
  constructor(
    private readonly service: ContainersService,
    private readonly containers: ContainerStore,
    private readonly stored: ContainerFileStore,
    private readonly files: ContainerFiles,
  ) {}

  /**
   * The container that a run begins with: null for one that is not made yet, and the paths of the files that it has or gets. `earlierId` is the
   * container of the last call in the context. Throws `invalid_request` and `not_found` for a container or files that the request cannot use.
   */
  async find(
    container: RequestContainer,
    caller: Caller,
    earlierId: string | null,
  ): Promise<{ id: string | null; filenames: string[] }> {
    const wanted = container.type === 'auto' ? await this.filenamesOf(container, caller) : [];
    const id =
      container.type === 'id'
        ? (await this.containers.use(caller, container.id)).id
        : await this.reusable(caller, earlierId);
    const there = id === null ? [] : (await this.stored.all(id)).map(({ path }) => path);
    return { id, filenames: [...new Set([...there, ...wanted])] };
  }

  /** Makes a container where the server chooses it and it is not there yet, with the files of the request. */
  async open(container: RequestContainer, caller: Caller, containerId: string): Promise<void> {
    if (container.type === 'id') return;
    const { fileIds, memoryLimit } = container;
    await this.service.open(caller, containerId, { name: 'auto', idleMinutes: null, memoryLimit }, fileIds);
  }

  /** The names of the files that the container gets. */
  private async filenamesOf({ fileIds }: AutoContainer, caller: Caller): Promise<string[]> {
    return (await this.files.find(caller, fileIds)).map(({ filename }) => dataPathOf(filename));
  }

  /** The container of the last call in the context, where it is the caller's and has not expired. */
  private async reusable(caller: Caller, earlierId: string | null): Promise<string | null> {
    if (earlierId === null || !isId('container', earlierId)) return null;
    try {
      return (await this.containers.use(caller, earlierId)).id;
    } catch (error) {
      if (error instanceof AppError && /^(not_found|invalid_request)$/.test(error.code)) return null;
      throw error;
    }
  }
}
