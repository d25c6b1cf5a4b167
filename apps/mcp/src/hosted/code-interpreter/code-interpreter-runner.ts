import { extname } from 'node:path';
import {
  AppError,
  type CallDetail,
  type Caller,
  type CodeInterpreterOptions,
  type HostedToolOf,
  isId,
  newId,
} from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { type Config, MCP_CONFIG } from '../../config.ts';
import { ContainerFiles, dataPathOf } from '../../containers/container-files.ts';
import { memoryLimits, tooMuchMemory } from '../../containers/container-limits.ts';
import { ContainerPython } from '../../containers/container-python.ts';
import { ContainersService } from '../../containers/containers.service.ts';
import { ContainerFileStore } from '../../containers/stored/container-file.store.ts';
import { ContainerStore } from '../../containers/stored/container.store.ts';
import type { RegisteredTool } from '../../host/tool.ts';
import type { DataFile } from '../../python/data/data-files.ts';
import type { HostedOffer, HostedToolRunner } from '../hosted-tool-runner.ts';
import { codeFunction, type CodeRunning } from './code-function.ts';

type Tool = HostedToolOf<'code_interpreter'>;
type AutoContainer = Extract<CodeInterpreterOptions['container'], { type: 'auto' }>;

/** Bytes of an image that a call's item shows. Larger ones are files of the container only. */
const imageBytesMax = 1_048_576;
const imageTypes: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
};

/** Runs Python in containers of the caller. */
@Injectable()
export class CodeInterpreterRunner implements HostedToolRunner<'code_interpreter'> {
  readonly kind = 'code_interpreter';
  readonly names = ['code_interpreter'];

  constructor(
    @Inject(MCP_CONFIG) private readonly config: Pick<Config, 'tools' | 'python' | 'containers'>,
    private readonly service: ContainersService,
    private readonly containers: ContainerStore,
    private readonly stored: ContainerFileStore,
    private readonly files: ContainerFiles,
    private readonly python: ContainerPython,
  ) {}

  functions(tool: Tool): readonly RegisteredTool[] {
    return this.functionsWith(tool, []);
  }

  /** Throws `invalid_request` and `not_found` for a container or files that the request cannot use. */
  async offer(tool: Tool, caller: Caller, earlier: CallDetail | null): Promise<HostedOffer> {
    if (!this.python.isOn) return { functions: [] };
    const { container } = tool.options;
    const wanted = container.type === 'auto' ? await this.checkAuto(container, caller) : [];
    const id =
      container.type === 'id'
        ? (await this.containers.use(caller, container.id)).id
        : await this.reusable(caller, earlier);
    const there = id === null ? [] : (await this.stored.all(id)).map(({ path }) => path);
    const filenames = [...new Set([...there, ...wanted])];
    return {
      functions: this.functionsWith(tool, filenames),
      detail: { kind: 'code_interpreter', containerId: id ?? newId('container'), outputs: [] },
    };
  }

  private functionsWith({ options: { container } }: Tool, filenames: readonly string[]) {
    if (!this.python.isOn) return [];
    const running: CodeRunning = {
      timeoutMs: this.config.tools.timeoutMs,
      outputBytesMax: this.config.python.outputBytesMax,
      filenames,
      run: async ({ caller, ...call }, signal) => {
        if (container.type === 'auto') await this.open(caller, call.containerId, container);
        return this.python.run(caller, call, signal);
      },
      imageOf: (file) => this.imageOf(file),
    };
    return [codeFunction(running)];
  }

  /** The names of the files that the container gets. */
  private async checkAuto({ fileIds, memoryLimit }: AutoContainer, caller: Caller): Promise<string[]> {
    const { memoryMbMax } = this.config.containers.limits;
    if (memoryLimit && memoryLimits[memoryLimit] > memoryMbMax)
      throw new AppError('invalid_request', `memory_limit ${tooMuchMemory(memoryMbMax)}`, { param: 'tools' });
    return (await this.files.find(caller, fileIds)).map(({ filename }) => dataPathOf(filename));
  }

  /** The container of the last call in the context, where it is the caller's and has not expired. */
  private async reusable(caller: Caller, earlier: CallDetail | null): Promise<string | null> {
    if (earlier?.kind !== 'code_interpreter' || !isId('container', earlier.containerId)) return null;
    try {
      return (await this.containers.use(caller, earlier.containerId)).id;
    } catch (error) {
      if (error instanceof AppError && /^(not_found|invalid_request)$/.test(error.code)) return null;
      throw error;
    }
  }

  private async open(
    caller: Caller,
    containerId: string,
    { fileIds, memoryLimit }: AutoContainer,
  ): Promise<void> {
    const fields = { name: 'auto', idleMinutes: null, memoryLimit };
    await this.service.open(caller, containerId, fields, fileIds);
  }

  private async imageOf({ id, path, bytes }: DataFile): Promise<string | null> {
    const type = imageTypes[extname(path).toLowerCase()];
    if (type === undefined || bytes === 0 || bytes > imageBytesMax) return null;
    return `data:${type};base64,${(await this.files.read(id)).toString('base64')}`;
  }
}
