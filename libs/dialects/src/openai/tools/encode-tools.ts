import {
  labelSeparator,
  ownLabel,
  type AllowedTool,
  type ApprovalRule,
  type Response,
  type ToolFilter,
} from '@antiphon/contracts';
import type { z } from 'zod';
import type { Response as ResponseSchema } from '../replies/response.ts';

type WireResponse = z.input<typeof ResponseSchema>;

/** The tools of a request, for its echo. A remote server's URL is reduced to its origin, and its headers are left out. */
export function encodeTools({
  clientTools,
  serverTools,
  approval,
  requestServers,
}: Response): WireResponse['tools'] {
  const tools: WireResponse['tools'] = clientTools.map(({ name, description, parameters, strict }) => ({
    type: 'function',
    name,
    description,
    parameters,
    strict,
  }));
  if (serverTools.length > 0) {
    tools.push({
      type: 'mcp',
      server_label: ownLabel,
      allowed_tools: serverTools === 'all' ? null : serverTools,
      require_approval: encodeApproval(approval),
    });
  }
  for (const { label, origin, allowed, approval: rule } of requestServers) {
    tools.push({
      type: 'mcp',
      server_label: label,
      ...(origin !== null && { server_url: `${origin}/<redacted>`, headers: null }),
      allowed_tools: encodeFilter(allowed),
      require_approval: encodeApproval(rule),
    });
  }
  return tools;
}

export function encodeToolChoice({
  toolChoice,
  allowedTools,
  clientTools,
  requestServers,
}: Response): WireResponse['tool_choice'] {
  if (allowedTools)
    return { type: 'allowed_tools', mode: toolChoice, tools: allowedTools.map(encodeAllowed) };
  if (typeof toolChoice === 'string') return toolChoice;
  const { name } = toolChoice;
  if (clientTools.some((tool) => tool.name === name)) return { type: 'function', name };
  const server = requestServers.find(({ label }) => name.startsWith(label + labelSeparator));
  if (!server) return { type: 'mcp', server_label: ownLabel, name };
  const { label } = server;
  return { type: 'mcp', server_label: label, name: name.slice(label.length + labelSeparator.length) };
}

function encodeAllowed(tool: AllowedTool) {
  if (tool.executor === 'client') return { type: 'function', name: tool.name };
  const { serverLabel, name } = tool;
  return { type: 'mcp', server_label: serverLabel ?? ownLabel, ...(name !== null && { name }) };
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
