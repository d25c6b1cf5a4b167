import {
  type ApprovalRule,
  type ClientTool,
  type CreateResponse,
  type NamedServer,
  nameOf,
  ownLabel,
  quote,
  read,
  refusal,
  type RequestPath,
  ServerHeaders,
  type ToolChoice,
  ToolName,
} from '@antiphon/contracts';
import { z } from 'zod';
import { decodeSearchTool, searchType } from './blocks/search-blocks.ts';
import { ClientToolBody, type CreateRequest, type McpServer, Toolset } from './schema.ts';

type ServerOffer = Pick<CreateResponse, 'serverTools' | 'approval' | 'requestServers'>;
type ToolOffer = ServerOffer & Pick<CreateResponse, 'clientTools' | 'hostedTools' | 'toolCallsMax'>;
type PlacedToolset = Toolset & { path: RequestPath };

/** This API has no request that approves a call. An operator's own rule still holds. */
const withoutApproval: ApprovalRule = { always: null, never: null, otherwise: 'never' };

/** The client's tools, and those of MCP servers. Throws `invalid_request`. */
export function decodeTools({
  tools,
  mcp_servers: servers,
}: Pick<CreateRequest, 'tools' | 'mcp_servers'>): ToolOffer {
  const clientTools: ClientTool[] = [];
  let search: ReturnType<typeof decodeSearchTool> | null = null;
  const toolsets = new Map<string, PlacedToolset>();
  for (const [index, tool] of (tools ?? []).entries()) {
    const path = ['tools', index];
    if (tool.type === 'mcp_toolset') {
      const toolset = read(Toolset, tool, path);
      const { mcp_server_name: name } = toolset;
      if (toolsets.has(name)) throw refusal([...path, 'mcp_server_name'], `${quote(name)} is named twice`);
      toolsets.set(name, { ...toolset, path });
    } else if (searchType.test(tool.type ?? '')) {
      if (search) throw refusal([...path, 'type'], 'is a web search, which may be in tools once');
      search = decodeSearchTool(tool, path);
    } else clientTools.push(decodeClientTool(tool, path));
  }
  checkNames(tools ?? []);
  return {
    clientTools,
    ...(search && { hostedTools: [search.tool] }),
    ...(search?.usesMax && { toolCallsMax: search.usesMax }),
    ...decodeServers(servers ?? [], toolsets),
  };
}

function decodeClientTool(tool: { type?: string | null | undefined }, path: RequestPath): ClientTool {
  if (tool.type && tool.type !== 'custom')
    throw refusal(
      [...path, 'type'],
      `${quote(tool.type)} is not supported by this server; describe the tool with an "input_schema"`,
    );
  const { name, description, input_schema: parameters, strict } = read(ClientToolBody, tool, path);
  return {
    executor: 'client',
    name,
    description: description ?? null,
    parameters,
    strict: strict ?? null,
  };
}

function checkNames(tools: readonly { name?: string | undefined }[]): void {
  const names = new Set<string>();
  for (const [index, { name }] of tools.entries()) {
    if (name === undefined) continue;
    if (names.has(name)) throw refusal(['tools', index, 'name'], `${quote(name)} is named twice`);
    names.add(name);
  }
}

function decodeServers(
  servers: readonly McpServer[],
  toolsets: ReadonlyMap<string, PlacedToolset>,
): ServerOffer {
  const offer: ServerOffer = { serverTools: [], approval: null, requestServers: [] };
  const labels = new Set<string>();
  for (const [index, server] of servers.entries()) {
    const path = ['mcp_servers', index];
    const { name: label, tool_configuration: configuration } = server;
    if (labels.has(label)) throw refusal([...path, 'name'], `${quote(label)} is named twice`);
    labels.add(label);
    if (configuration?.enabled === false) continue;
    const names = namesOf(toolsets.get(label)) ?? configuration?.allowed_tools ?? null;
    if (label === ownLabel) {
      refuseAccess(server, path);
      const own = names && read(z.array(ToolName), names, [...path, 'tool_configuration', 'allowed_tools']);
      Object.assign(offer, { serverTools: own ?? 'all', approval: withoutApproval });
    } else offer.requestServers.push(decodeServer(server, names, path));
  }
  for (const { mcp_server_name: name, path } of toolsets.values())
    if (!labels.has(name))
      throw refusal([...path, 'mcp_server_name'], `${quote(name)} is not in mcp_servers`);
  return offer;
}

/** The names that a toolset switches on; null: all tools of the server. */
function namesOf(toolset: PlacedToolset | undefined): string[] | null {
  if (!toolset) return null;
  const configs = Object.entries(toolset.configs ?? {});
  if (toolset.default_config?.enabled === false)
    return configs.flatMap(([name, { enabled }]) => (enabled === true ? [name] : []));
  const off = configs.find(([, { enabled }]) => enabled === false);
  if (off)
    throw refusal(
      [...toolset.path, 'configs', off[0], 'enabled'],
      'cannot be false here: switch all tools off in default_config, and on those that are offered',
    );
  return null;
}

function refuseAccess({ url, authorization_token: token }: McpServer, path: RequestPath): void {
  for (const [field, value] of Object.entries({ url, authorization_token: token }))
    if (value) throw refusal([...path, field], `must be left out: ${ownLabel} is this server itself`);
}

function decodeServer(
  { name: label, url, authorization_token: token }: McpServer,
  names: string[] | null,
  path: RequestPath,
): NamedServer {
  const tokenPath = [...path, 'authorization_token'];
  if (!url && token)
    throw refusal(tokenPath, 'is for a server with a url; one without is registered here with its headers');
  const headers = token ? read(ServerHeaders, { authorization: `Bearer ${token}` }, tokenPath) : {};
  return {
    label,
    access: url ? { url, headers } : null,
    urlField: nameOf([...path, 'url']),
    allowed: names && { names, readOnly: null },
    approval: withoutApproval,
  };
}

export function decodeToolChoice(choice: CreateRequest['tool_choice']): ToolChoice {
  switch (choice?.type) {
    case 'any':
      return 'required';
    case 'tool':
      return { name: choice.name };
    case 'none':
      return 'none';
    default:
      return 'auto';
  }
}
