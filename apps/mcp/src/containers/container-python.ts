import type { Caller } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { PYTHON } from '../python/create-python.ts';
import type { DataFile, DataFiles } from '../python/data/data-files.ts';
import type { PythonAnswer, PythonRunner } from '../python/python-runner.ts';
import { ContainerFiles } from './container-files.ts';
import { memoryLimits } from './container-limits.ts';
import { ContainerFileStore, type KeptFile } from './stored/container-file.store.ts';
import { ContainerStore } from './stored/container.store.ts';

export interface ContainerRun {
  answer: PythonAnswer;
  /** Whether the variables of earlier code are gone: its interpreter has ended. */
  isRestarted: boolean;
}

/** Runs Python in containers. */
@Injectable()
export class ContainerPython {
  constructor(
    private readonly containers: ContainerStore,
    private readonly stored: ContainerFileStore,
    private readonly files: ContainerFiles,
    @Inject(PYTHON) private readonly python: PythonRunner | null,
  ) {}

  /** Whether this server runs Python at all. */
  get isOn(): boolean {
    return this.python !== null;
  }

  /**
   * Runs code in a container of the caller and keeps its files. Throws `not_found`, `invalid_request` for an expired container, and what
   * `PythonRunner.run` throws.
   */
  async run(
    caller: Caller,
    { containerId, code, idempotencyKey }: { containerId: string; code: string; idempotencyKey: string },
    signal: AbortSignal,
  ): Promise<ContainerRun> {
    const { memoryLimit, hasRun } = await this.containers.use(caller, containerId);
    if (!this.python) throw new Error('a server without Python offers no function that runs it');
    const call = {
      caller,
      code,
      // No session of python_exec has such a name.
      sessionId: `container:${containerId}`,
      idempotencyKey,
      memoryMb: memoryLimit && memoryLimits[memoryLimit],
      data: this.dataOf(caller, containerId),
    };
    const answer = await this.python.run(call, signal);
    await this.containers.noteRun(caller, containerId);
    return { answer, isRestarted: answer.isFresh === true && hasRun };
  }

  private dataOf(caller: Caller, containerId: string): DataFiles {
    return {
      list: async () => (await this.stored.all(containerId)).map(dataFile),
      read: ({ id }) => this.files.read(id),
      save: async (path, bytes) => {
        const place = { path, source: 'assistant', originId: null } as const;
        return dataFile(await this.files.save(caller, containerId, place, bytes));
      },
      remove: (paths) => this.stored.removePaths(containerId, paths),
    };
  }
}

/** The version of a file is the part that holds its bytes. */
function dataFile({ id, path, bytes, partId }: KeptFile): DataFile {
  return { id, path, bytes, version: partId ?? 'empty' };
}
