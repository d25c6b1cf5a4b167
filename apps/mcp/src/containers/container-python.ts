import type { Caller } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { MCP_CONFIG } from '../config.ts';
import { PYTHON } from '../python/create-python.ts';
import type { PythonAnswer, PythonRunner } from '../python/python-runner.ts';
import { ContainerFiles } from './container-files.ts';
import { type ContainerLimits, grantedMemoryMb } from './container-limits.ts';
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
    private readonly files: ContainerFiles,
    @Inject(PYTHON) private readonly python: PythonRunner | null,
    @Inject(MCP_CONFIG) private readonly config: { containers: { limits: ContainerLimits } },
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
      // A container of the shell may have more than an interpreter gets.
      memoryMb: grantedMemoryMb(memoryLimit, this.config.containers.limits.memoryMbMax),
      data: this.files.dataOf(caller, containerId),
    };
    const answer = await this.python.run(call, signal);
    await this.containers.noteRun(caller, containerId);
    return { answer, isRestarted: answer.isFresh === true && hasRun };
  }
}
