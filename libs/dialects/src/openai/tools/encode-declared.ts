import type { AddedTools, ClientTool } from '@antiphon/contracts';
import type { z } from 'zod';
import type { Tool } from '../replies/tool.ts';

/** Tools that a caller declared were checked by the decoder of their type. */
export type WireTool = z.input<typeof Tool>;
type WireNamespace = Extract<WireTool, { type: 'namespace' }>;

/** The caller's tools as it declared them. The tools of a namespace stand together. */
export function encodeClientTools(tools: readonly ClientTool[]): WireTool[] {
  const written = new Set<string>();
  return tools.flatMap((tool): WireTool[] => {
    const { namespace } = tool;
    if (!namespace) return [encodeOwnTool(tool)];
    const { name } = namespace;
    if (written.has(name)) return [];
    written.add(name);
    const all = tools.filter((other) => other.namespace?.name === name);
    const description = all.find((other) => other.namespace?.description)?.namespace?.description ?? '';
    // A namespace has functions and custom tools only.
    const own = all.map((one) => encodeOwnTool(one) as WireNamespace['tools'][number]);
    return [{ type: 'namespace', name, description, tools: own }];
  });
}

/** The tools that an item adds. A server's access is not part of an item. */
export function encodeAddedTools({
  clientTools,
  hostedTools = [],
  serverTools = [],
}: AddedTools): WireTool[] {
  return [
    ...encodeClientTools(clientTools),
    ...hostedTools.map(({ declared }) => declared as WireTool),
    ...serverTools.map(({ label, names }): WireTool => ({
      type: 'mcp',
      server_label: label,
      allowed_tools: names,
      require_approval: null,
    })),
  ];
}

function encodeOwnTool(tool: ClientTool): WireTool {
  if (tool.declared) return tool.declared as WireTool;
  const { name, namespace, description, parameters, strict, isDeferred } = tool;
  return {
    type: 'function',
    name: namespace?.toolName ?? name,
    description,
    parameters,
    strict,
    ...(isDeferred && { defer_loading: true }),
  };
}
