import type { CallDetail, Caller, HostedTool } from '@antiphon/contracts';
import type { RegisteredTool } from '../host/tool.ts';
import type { HostedOffer, HostedToolRunner } from './hosted-tool-runner.ts';

/** The hosted tools that this service runs, by their kind. */
export class HostedTools {
  constructor(private readonly runners: readonly HostedToolRunner[]) {}

  /** The names of all functions. */
  get names(): string[] {
    return this.runners.flatMap(({ names }) => names);
  }

  /**
   * What a run is offered of a request's tool; `earlier` has the details of the last calls in the context. Throws the AppError of a tool that the
   * caller cannot use as it is declared.
   */
  async offerOf(tool: HostedTool, caller: Caller, earlier: readonly CallDetail[]): Promise<HostedOffer> {
    const last = earlier.find(({ kind }) => kind === tool.kind) ?? null;
    return (
      (await this.runnerOf(tool)?.offer?.(tool, caller, last)) ?? {
        functions: this.functionsOf(tool, caller),
      }
    );
  }

  /** The functions of a request's tool; none where its kind is not run here. */
  functionsOf(tool: HostedTool, caller: Caller): readonly RegisteredTool[] {
    return this.runnerOf(tool)?.functions(tool, caller) ?? [];
  }

  private runnerOf({ kind }: HostedTool): HostedToolRunner | undefined {
    return this.runners.find((runner) => runner.kind === kind);
  }
}
