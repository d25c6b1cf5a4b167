import {
  AppError,
  type CallDetail,
  type Caller,
  type HostedToolOf,
  type NetworkPolicy,
  newId,
} from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { type Config, MCP_CONFIG } from '../../config.ts';
import { ContainerFiles } from '../../containers/container-files.ts';
import { grantedMemoryMb, memoryWarning } from '../../containers/container-limits.ts';
import { ContainerStore } from '../../containers/stored/container.store.ts';
import type { RegisteredTool } from '../../host/tool.ts';
import { type Shell, SHELL } from '../../shell/shell.ts';
import type { HostedOffer, HostedToolRunner } from '../hosted-tool-runner.ts';
import { RequestContainers } from '../request-containers.ts';
import { shellFunction } from './shell-function.ts';

type Tool = HostedToolOf<'shell'>;

const policiesTimeoutMs = 5_000;
const withoutRunner =
  'tools has a shell with a container, and this server has no runner for it. Use the environment {"type": "local"} and run the commands yourself, or have its operator set SHELL_RUNNER_URL.';

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

  functions(tool: Tool): readonly RegisteredTool[] {
    return this.functionsWith(tool, []);
  }

  /**
   * Throws `invalid_request` where no runner is configured, or it does not enforce the network policy, `unavailable` where it gives no answer, and as `RequestContainers.find`.
   */
  async offer(tool: Tool, caller: Caller, earlier: CallDetail | null): Promise<HostedOffer> {
    if (!this.shell) throw new AppError('invalid_request', withoutRunner, { param: 'tools' });
    const { container, network } = tool.options;
    if (network) await this.assertEnforced(this.shell, network.type);
    const earlierId = earlier?.kind === 'shell' ? earlier.containerId : null;
    const { id, filenames } = await this.containers.find(container, caller, earlierId);
    const { memoryMbMax } = this.config.shell;
    const declared = container.type === 'auto' ? container.memoryLimit : null;
    const warning = memoryWarning(declared, { memoryMbMax, setting: 'shell.memory_mb_max' });
    return {
      functions: this.functionsWith(tool, filenames),
      detail: { kind: 'shell', containerId: id ?? newId('container') },
      ...(warning && { warning }),
    };
  }

  /** A runner that does not know policies would give the commands its network, so its list is read first. */
  private async assertEnforced(shell: Shell, type: NetworkPolicy['type']): Promise<void> {
    const enforced = await shell.networkPolicies(AbortSignal.timeout(policiesTimeoutMs));
    if (enforced.includes(type)) return;
    const message = `tools has a shell with the network_policy ${type}, which the shell runner of this server does not enforce: leave it out, and the network is what the operator gives.`;
    throw new AppError('invalid_request', message, { param: 'tools' });
  }

  private functionsWith({ options: { container, network } }: Tool, filenames: readonly string[]) {
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
          const memoryMb = grantedMemoryMb(memoryLimit, limits.memoryMbMax);
          const data = this.files.dataOf(caller, containerId);
          return shell.run(
            { ...call, caller, containerId, memoryMb, network: network ?? null, data },
            signal,
          );
        },
      }),
    ];
  }
}
