import type { RegisteredTool } from './tool.ts';

/** Nest's token for the built-in tools, a `readonly RegisteredTool[]` in the order in which lists show them. */
export const BUILT_IN_TOOLS = Symbol('built-in tools');

/** Nest's token for the names of built-in tools that the settings switch off. */
export const SWITCHED_OFF_TOOLS = Symbol('switched-off tools');

/** A provider of built-in tools. `tools/tools.module.ts` lists all of them. */
export interface ToolSource {
  readonly tools: readonly RegisteredTool[];
  /** The names of its tools that the settings switch off. A tools file may have settings for them. */
  readonly switchedOff?: readonly string[];
}
