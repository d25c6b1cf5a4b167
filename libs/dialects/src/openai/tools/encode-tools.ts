import {
  labelSeparator,
  ownLabel,
  type AllowedTool,
  type ApprovalRule,
  type ClientTool,
  type JsonObject,
  type Response,
  type ToolFilter,
} from '@antiphon/contracts';
import type { z } from 'zod';
import type { Response as ResponseSchema } from '../replies/response.ts';
import { toolTypeOf } from '../tool-types/registry.ts';
import { encodeClientTools, type WireTool } from './encode-declared.ts';
import { shownName } from './tool-names.ts';

type WireResponse = z.input<typeof ResponseSchema>;

/** The tools of a request, for its echo. A remote server's URL is reduced to its origin, and its headers are left out. */
export function encodeTools({
  clientTools,
  serverTools,
  defersServerTools,
  approval,
  requestServers,
  hostedTools = [],
}: Response): WireResponse['tools'] {
  const tools = encodeClientTools(clientTools);
  tools.push(...hostedTools.map(({ declared }) => declared as WireTool));
  if (serverTools.length > 0) {
    tools.push({
      type: 'mcp',
      server_label: ownLabel,
      allowed_tools: serverTools === 'all' ? null : serverTools,
      require_approval: encodeApproval(approval),
      ...(defersServerTools && { defer_loading: true }),
    });
  }
  for (const { label, origin, allowed, approval: rule, description, isDeferred } of requestServers) {
    tools.push({
      type: 'mcp',
      server_label: label,
      ...(origin !== null && { server_url: `${origin}/<redacted>`, headers: null }),
      allowed_tools: encodeFilter(allowed),
      require_approval: encodeApproval(rule),
      ...(description !== undefined && { server_description: description }),
      ...(isDeferred && { defer_loading: true }),
    });
  }
  return tools;
}

export function encodeToolChoice({
  toolChoice,
  allowedTools,
  clientTools,
  requestServers,
  hostedTools = [],
}: Response): WireResponse['tool_choice'] {
  if (allowedTools) {
    const tools = allowedTools.map((tool) => encodeAllowed(tool, { clientTools, hostedTools }));
    return { type: 'allowed_tools', mode: toolChoice, tools };
  }
  if (typeof toolChoice === 'string') return toolChoice;
  const { name } = toolChoice;
  const own = clientTools.find((tool) => tool.name === name);
  if (own) return encodeOwnChoice(own);
  const hosted = hostedTools.find(({ kind }) => kind === name);
  if (hosted) return { type: typeOf(hosted.declared) };
  const server = requestServers.find(({ label }) => name.startsWith(label + labelSeparator));
  if (!server) return { type: 'mcp', server_label: ownLabel, name };
  const { label } = server;
  return { type: 'mcp', server_label: label, name: name.slice(label.length + labelSeparator.length) };
}

function encodeAllowed(
  tool: AllowedTool,
  { clientTools, hostedTools = [] }: Pick<Response, 'clientTools' | 'hostedTools'>,
) {
  if (tool.executor === 'client') {
    const own = clientTools.find(({ name }) => name === tool.name);
    return own ? encodeOwnChoice(own) : { type: 'function', name: tool.name };
  }
  const hosted = hostedTools.find(({ kind }) => kind === tool.kind);
  if (hosted) return { type: typeOf(hosted.declared) };
  const { serverLabel, name } = tool;
  return { type: 'mcp', server_label: serverLabel ?? ownLabel, ...(name !== null && { name }) };
}

/** The name is left out where the type alone says which tool it is. */
function encodeOwnChoice(tool: ClientTool) {
  const { kind, declared } = tool;
  const type = declared ? typeOf(declared) : 'function';
  return { type, ...((!kind || toolTypeOf(kind).isNamed) && shownName(tool)) };
}

/** The type of a tool as its caller named it. */
function typeOf({ type }: JsonObject): string {
  return typeof type === 'string' ? type : 'function';
}

/** Null: the rule of each tool. */
function encodeApproval(rule: ApprovalRule | null) {
  if (rule === null) return null;
  const { always, never, otherwise } = rule;
  if (always === null && never === null) return otherwise;
  return { always: encodeFilter(always), never: encodeFilter(never) };
}

function encodeFilter(filter: ToolFilter | null) {
  if (filter === null) return null;
  const { names, readOnly } = filter;
  if (readOnly === null) return { tool_names: names };
  return { ...(names && { tool_names: names }), read_only: readOnly };
}
