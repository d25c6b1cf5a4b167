import type { Caller, HostedTool } from '@antiphon/contracts';
import type { RegisteredTool } from '../host/tool.ts';
import type { HostedToolRunner } from './hosted-tool-runner.ts';

/** The hosted tools that this service runs, by their kind. */
export class HostedTools {
  constructor(private readonly runners: readonly HostedToolRunner[]) {}

  /** The names of all functions. */
  get names(): string[] {
    return this.runners.flatMap(({ names }) => names);
  }

  /** The functions of a request's tool; none where its kind is not run here. */
  functionsOf(tool: HostedTool, caller: Caller): readonly RegisteredTool[] {
    return this.runners.find(({ kind }) => kind === tool.kind)?.functions(tool, caller) ?? [];
  }
}
