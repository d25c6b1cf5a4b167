import { extname } from 'node:path';
import { type CallDetail, type Caller, type HostedToolOf, newId } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { type Config, MCP_CONFIG } from '../../config.ts';
import { ContainerFiles } from '../../containers/container-files.ts';
import { memoryWarning } from '../../containers/container-limits.ts';
import { ContainerPython } from '../../containers/container-python.ts';
import type { RegisteredTool } from '../../host/tool.ts';
import type { DataFile } from '../../python/data/data-files.ts';
import type { HostedOffer, HostedToolRunner } from '../hosted-tool-runner.ts';
import { RequestContainers } from '../request-containers.ts';
import { codeFunction, type CodeRunning } from './code-function.ts';

type Tool = HostedToolOf<'code_interpreter'>;

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
    private readonly containers: RequestContainers,
    private readonly files: ContainerFiles,
    private readonly python: ContainerPython,
  ) {}

  functions(tool: Tool): readonly RegisteredTool[] {
    return this.functionsWith(tool, []);
  }

  /** Throws `invalid_request` and `not_found` for a container or files that the request cannot use. */
  async offer(tool: Tool, caller: Caller, earlier: CallDetail | null): Promise<HostedOffer> {
    if (!this.python.isOn) return { functions: [] };
    const earlierId = earlier?.kind === 'code_interpreter' ? earlier.containerId : null;
    const { container } = tool.options;
    const { memoryMbMax } = this.config.containers.limits;
    const { id, filenames } = await this.containers.find(container, caller, earlierId);
    const declared = container.type === 'auto' ? container.memoryLimit : null;
    const warning = memoryWarning(declared, { memoryMbMax, setting: 'python.memory_mb' });
    return {
      functions: this.functionsWith(tool, filenames),
      detail: { kind: 'code_interpreter', containerId: id ?? newId('container'), outputs: [] },
      ...(warning && { warning }),
    };
  }

  private functionsWith({ options: { container } }: Tool, filenames: readonly string[]) {
    if (!this.python.isOn) return [];
    const running: CodeRunning = {
      timeoutMs: this.config.tools.timeoutMs,
      outputBytesMax: this.config.python.outputBytesMax,
      filenames,
      run: async ({ caller, ...call }, signal) => {
        await this.containers.open(container, caller, call.containerId);
        return this.python.run(caller, call, signal);
      },
      imageOf: (file) => this.imageOf(file),
    };
    return [codeFunction(running)];
  }

  private async imageOf({ id, path, bytes }: DataFile): Promise<string | null> {
    const type = imageTypes[extname(path).toLowerCase()];
    if (type === undefined || bytes === 0 || bytes > imageBytesMax) return null;
    return `data:${type};base64,${(await this.files.read(id)).toString('base64')}`;
  }
}
