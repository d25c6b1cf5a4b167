import { type CallKind, quote, refusal, type RequestPath } from '@antiphon/contracts';
import { applyPatch } from './client/apply-patch.ts';
import { computer } from './client/computer.ts';
import { localShell } from './client/local-shell.ts';
import { shell } from './client/shell.ts';
import { codeInterpreter } from './code-interpreter.ts';
import { custom } from './custom.ts';
import { fileSearch } from './file-search.ts';
import { imageGeneration } from './image-generation.ts';
import { refusedTools } from './refused-types.ts';
import type { DecodeItem, ToolType } from './tool-type.ts';
import { toolSearch } from './tool-search.ts';
import { webSearch } from './web-search.ts';

/** The tool types of the API beside `function`, `namespace` and `mcp`. A new type is a line here. */
const table: Readonly<Record<CallKind, ToolType>> = {
  custom,
  local_shell: localShell,
  shell,
  apply_patch: applyPatch,
  computer,
  web_search: webSearch,
  file_search: fileSearch,
  image_generation: imageGeneration,
  code_interpreter: codeInterpreter,
  tool_search: toolSearch,
};

const types = new Map(Object.values(table).flatMap((type) => type.types.map((name) => [name, type])));
const decoders = new Map(Object.values(table).flatMap(({ items }) => Object.entries(items)));

/** The names of all types in `tools`. */
export const toolTypeNames: readonly string[] = ['function', 'namespace', 'mcp', ...types.keys()];

export function toolTypeOf(kind: CallKind): ToolType {
  return table[kind];
}

export function isToolType(type: string): boolean {
  return types.has(type);
}

/** The type with this name in a request. Throws `invalid_request` for an unknown one. */
export function toolTypeNamed(type: string, path: RequestPath): ToolType {
  const found = types.get(type);
  if (found) return found;
  throw refusal(path, unsupportedTool(type));
}

/** The complaint about a tool type that this server does not have. */
export function unsupportedTool(type: string): string {
  const complaint = unsupported(type, refusedTools);
  return Object.hasOwn(refusedTools, type)
    ? complaint
    : `${complaint}; use one of ${toolTypeNames.join(', ')}`;
}

/** The complaint about a type. `instead` has what to do for the types that are refused by name. */
export function unsupported(type: string, instead: Readonly<Record<string, string>>): string {
  const advice = Object.hasOwn(instead, type) ? `: ${instead[type]}` : '';
  return `${quote(type)} is not supported by this server${advice}`;
}

/** Reads the items of one type in a request's input; undefined for a type that is none of a tool. */
export function itemDecoderOf(type: string): DecodeItem | undefined {
  return decoders.get(type);
}
