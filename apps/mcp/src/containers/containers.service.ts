import { AppError, type Caller } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { PYTHON } from '../python/create-python.ts';
import type { PythonRunner } from '../python/python-runner.ts';
import { type Shell, SHELL } from '../shell/shell.ts';
import { ContainerFiles } from './container-files.ts';
import type { Container, NewContainer } from './stored/container.ts';
import { ContainerStore } from './stored/container.store.ts';

/** Creates containers with their first files. */
@Injectable()
export class ContainersService {
  constructor(
    private readonly containers: ContainerStore,
    private readonly files: ContainerFiles,
    @Inject(PYTHON) private readonly python: PythonRunner | null,
    @Inject(SHELL) private readonly shell: Shell | null,
  ) {}

  /**
   * The container with this id, made where there is none yet, with at least these files. Throws `invalid_request` for an expired one, and what
   * `create` throws.
   */
  async open(caller: Caller, id: string, fields: NewContainer, fileIds: readonly string[]): Promise<void> {
    await this.containers.createOnce(caller, id, fields);
    await this.files.copyMissing(caller, id, fileIds);
  }

  /** Throws `invalid_request` where the server runs neither Python nor a shell, and what `ContainerStore.create` and `ContainerFiles` throw. */
  async create(caller: Caller, fields: NewContainer, fileIds: readonly string[]): Promise<Container> {
    if (!this.python && !this.shell) {
      const message =
        'This server runs no Python. Its operator can switch it on: PYTHON_EXEC_ENABLED=true, or configure a shell: SHELL_RUNNER_URL.';
      throw new AppError('invalid_request', message);
    }
    const files = await this.files.find(caller, fileIds);
    const container = await this.containers.create(caller, fields);
    try {
      for (const file of files) await this.files.copy(caller, container.id, file);
      return container;
    } catch (error) {
      await this.containers.remove(caller, container.id);
      throw error;
    }
  }
}
