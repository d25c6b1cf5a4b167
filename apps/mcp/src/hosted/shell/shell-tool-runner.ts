import { AppError, type CallDetail, type Caller, type HostedToolOf, newId } from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { type Config, MCP_CONFIG } from '../../config.ts';
import { ContainerFiles } from '../../containers/container-files.ts';
import { memoryLimits } from '../../containers/container-limits.ts';
import { ContainerStore } from '../../containers/stored/container.store.ts';
import type { RegisteredTool } from '../../host/tool.ts';
import { type Shell, SHELL } from '../../shell/shell.ts';
import type { HostedOffer, HostedToolRunner } from '../hosted-tool-runner.ts';
import { RequestContainers } from '../request-containers.ts';
import { shellFunction } from './shell-function.ts';

type Tool = HostedToolOf<'shell'>;

/** Runs shell commands in containers of the caller, on the operator's runner. */
@Injectable()
export class ShellToolRunner implements HostedToolRunner<'shell'> {
  readonly kind = 'shell';
  readonly names = ['shell'];

  constructor(
    @Inject(MCP_CONFIG) private readonly config: Pick<Config, 'tools' | 'shell'>,
    private readonly containers: RequestContainers,
    private readonly store: ContainerStore,
    private readonly files: ContainerFiles,
    @Inject(SHELL) private readonly shell: Shell | null,
  ) {}

  /** Throws `invalid_request` where no runner is configured, with what to do. */
  async check(): Promise<void> {
    if (this.shell) return;
    const message =
      'tools has a shell with a container, and this server has no runner for it. Use the environment {"type": "local"} and run the commands yourself, or have its operator set SHELL_RUNNER_URL.';
    throw new AppError('invalid_request', message, { param: 'tools' });
  }

  functions(tool: Tool): readonly RegisteredTool[] {
    return this.functionsWith(tool, []);
  }

  /** Throws `invalid_request` and `not_found` for a container or files that the request cannot use. */
  async offer(tool: Tool, caller: Caller, earlier: CallDetail | null): Promise<HostedOffer> {
    const { memoryMbMax } = this.config.shell;
    const rule = {
      memoryMbMax,
      complaint: `must be at most the ${memoryMbMax} MB that this server gives to a shell: leave it out, or have its operator raise shell.memory_mb_max`,
    };
    const earlierId = earlier?.kind === 'shell' ? earlier.containerId : null;
    const { id, filenames } = await this.containers.find(tool.options.container, caller, earlierId, rule);
    return {
      functions: this.functionsWith(tool, filenames),
      detail: { kind: 'shell', containerId: id ?? newId('container') },
    };
  }

  private functionsWith({ options: { container } }: Tool, filenames: readonly string[]) {
    const { shell } = this;
    if (!shell) return [];
    const { tools, shell: limits } = this.config;
    return [
      shellFunction({
        timeoutMs: tools.timeoutMs,
        commandsMax: limits.commandsMax,
        outputBytesMax: limits.outputBytesMax,
        resultBytesMax: tools.outputBytesMax,
        filenames,
        run: async ({ caller, containerId, ...call }, signal) => {
          await this.containers.open(container, caller, containerId);
          const { memoryLimit } = await this.store.use(caller, containerId);
          const memoryMb = memoryLimit && memoryLimits[memoryLimit];
          const data = this.files.dataOf(caller, containerId);
          return shell.run({ ...call, caller, containerId, memoryMb, data }, signal);
        },
      }),
    ];
  }
}
