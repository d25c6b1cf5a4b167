import { type CallKind, quote, refusal, type RequestPath } from '@antiphon/contracts';
import { codeInterpreter } from './code-interpreter.ts';
import { custom } from './custom.ts';
import type { DecodeItem, ToolType } from './tool-type.ts';
import { webSearch } from './web-search.ts';

/** The tool types of the API beside `function` and `mcp`. A new type is a line here. */
const table: Readonly<Record<CallKind, ToolType>> = {
  custom,
  web_search: webSearch,
  code_interpreter: codeInterpreter,
};

const types = new Map(Object.values(table).flatMap((type) => type.types.map((name) => [name, type])));
const decoders = new Map(Object.values(table).flatMap(({ items }) => Object.entries(items)));

/** The names of all types in `tools`. */
export const toolTypeNames: readonly string[] = ['function', 'mcp', ...types.keys()];

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
  throw refusal(
    path,
    `${quote(type)} is not supported by this server; use one of ${toolTypeNames.join(', ')}`,
  );
}

/** Reads the items of one type in a request's input; undefined for a type that is none of a tool. */
export function itemDecoderOf(type: string): DecodeItem | undefined {
  return decoders.get(type);
}
