import { AppError, type Caller, type ListedTool } from '@antiphon/contracts';
import { encodeLeftOut } from '../connection/offered-tools.ts';
import type { InspectedTools } from '../outside-tools.ts';
import type { LinkState } from '../connection/server-link.ts';
import type { ToolChange } from './server-pins.ts';
import type { WireServer, WireToolList } from './routes.ts';
import { maySeeAll } from './server-directory.ts';
import type { McpServer, OwnToolSettings } from './server.ts';

/** A server in replies. Headers are named, never shown. */
export function encodeServer(
  caller: Caller,
  server: McpServer,
  { state, changes }: { state: LinkState; changes: readonly ToolChange[] | null },
): WireServer {
  const isSeen = maySeeAll(caller, server);
  return {
    object: 'mcp.server',
    label: server.label,
    url: isSeen ? server.url : null,
    transport: server.transport,
    header_names: isSeen ? server.headerNames : [],
    allowed_tools: server.allowedTools,
    approval: server.approval,
    timeouts: {
      connect_ms: server.timeouts.connectMs,
      list_ms: server.timeouts.listMs,
      call_ms: server.timeouts.callMs,
    },
    concurrency: server.concurrency,
    tools: Object.fromEntries(
      Object.entries(server.tools).map(([name, settings]) => [name, encodeSettings(settings)]),
    ),
    enabled: server.isEnabled,
    pin: server.isPinned,
    // Null where the server is not pinned, or its tools were not listed lately.
    changed: changes && changes.length > 0,
    shared: server.ownerId === null,
    source: server.source,
    trusted: server.isTrusted,
    status: state.status,
    error: state.error && encodeError(state.error),
    created_at: seconds(server.createdAt),
    updated_at: seconds(server.updatedAt),
  };
}

function encodeSettings({ isEnabled, timeoutMs, ...settings }: OwnToolSettings) {
  return {
    ...settings,
    ...(isEnabled !== undefined && { enabled: isEnabled }),
    ...(timeoutMs !== undefined && { timeout_ms: timeoutMs }),
  };
}

/** The tools of a server and those left out with the reasons, or the error of listing them. */
export function encodeTools(server: McpServer, answer: InspectedTools | AppError): WireToolList {
  const asked = answer instanceof AppError ? null : answer;
  return {
    object: 'list',
    data: [...(asked?.offered.tools.values() ?? [])].map((tool) => encodeTool(server, tool)),
    left_out: asked?.offered.leftOut.map(encodeLeftOut) ?? [],
    changed: asked?.changes ?? [],
    digest: asked?.offered.digest ?? null,
    error: answer instanceof AppError ? encodeError(answer) : null,
    has_more: false,
  };
}

function encodeTool(server: McpServer, { name, tool }: ListedTool) {
  const { readOnly, idempotent, destructive } = tool.annotations;
  return {
    object: 'mcp.tool' as const,
    name: tool.name,
    server_label: server.label,
    server_tool_name: name,
    description: tool.description,
    parameters: tool.parameters,
    annotations: { read_only: readOnly, idempotent, destructive },
    approval: tool.approval,
    timeout_ms: tool.timeoutMs,
  };
}

function encodeError({ code, message }: AppError) {
  return { code, message };
}

function seconds(time: Date | null): number | null {
  return time && Math.floor(time.getTime() / 1000);
}
