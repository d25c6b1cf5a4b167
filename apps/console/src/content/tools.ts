import type { JsonObject } from '../api/content/prompts.ts';

/** The label of this server's own tools among the MCP servers of a request. */
export const ownLabel = 'antiphon';

export const approvals = ['always', 'never'] as const;
export const hostedTypes = ['web_search', 'file_search', 'code_interpreter', 'image_generation'] as const;
export type HostedType = (typeof hostedTypes)[number];

/** What a hosted tool needs beside its type. */
const hostedOptions: Record<HostedType, JsonObject> = {
  web_search: {},
  file_search: { vector_store_ids: [] },
  code_interpreter: { container: { type: 'auto' } },
  image_generation: {},
};

export function newHosted(type: HostedType): JsonObject {
  return { type, ...hostedOptions[type] };
}

export function isOwn(tool: JsonObject): boolean {
  return tool['type'] === 'mcp' && tool['server_label'] === ownLabel;
}

export function isServer(tool: JsonObject): boolean {
  return tool['type'] === 'mcp' && !isOwn(tool);
}

export function isHosted(tool: JsonObject, type?: HostedType): boolean {
  return type === undefined ? hostedTypes.some((name) => name === tool['type']) : tool['type'] === type;
}

/** Functions, and tools that have no fields of their own here. */
export function isOther(tool: JsonObject): boolean {
  return tool['type'] !== 'mcp' && !isHosted(tool);
}

/** Whether calls of an MCP server's tools may wait for a person by the wish of the request. */
export function waitsForPeople({ type, require_approval: approval }: JsonObject): boolean {
  return type === 'mcp' && approval !== undefined && approval !== 'never';
}

/** The tools with those that `fits` chooses replaced. The others keep their places. */
export function replaced(
  tools: readonly JsonObject[],
  fits: (tool: JsonObject) => boolean,
  by: readonly JsonObject[],
): JsonObject[] {
  return [...tools.filter((tool) => !fits(tool)), ...by];
}

/** The tools without credentials: those are never stored and never copied. */
export function withoutCredentials(tools: readonly JsonObject[]): JsonObject[] {
  return tools.map(({ authorization: _authorization, headers: _headers, ...tool }) => tool);
}
