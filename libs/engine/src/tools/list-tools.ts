import { untilAborted } from '@antiphon/async';
import {
  type AllowedTool,
  type ApprovalPolicy,
  type ApprovalRule,
  AppError,
  type CallDetail,
  type Caller,
  type ClientTool,
  type FunctionCallItem,
  type HostedTool,
  type Item,
  labelSeparator,
  type McpListToolsItem,
  type ModelTool,
  type RequestServer,
  type Response,
  type ResponseEvent,
  type ServerTool,
  type Tool,
  type ToolFilter,
  needsApproval,
} from '@antiphon/contracts';
import type { RunPorts, ToolHost } from '../ports.ts';
import { markedDescription } from './tool-notice.ts';
import { type FoundTools, withToolSearch } from './tool-search.ts';

/** A tool of a run. */
export interface OfferedTool {
  /** The approval of a server tool is the rule that holds in this run. */
  tool: Tool;
  /** The server of the request that has the tool, and its name there; null: a tool of this system, or the caller's function. */
  origin: { server: RequestServer; toolName: string } | null;
  /** The hosted tool whose function it is; absent: none. */
  hosted?: HostedTool;
  /** Whether its calls get the images of the conversation. */
  takesImages?: boolean;
  /** The detail that its calls begin with; absent: none. */
  detail?: CallDetail;
  /** Whether a model is offered it only once a tool search has found it. */
  isDeferred?: boolean;
  /** The result of a tool that the run answers itself. `text` is a JSON object. */
  answer?: (text: string) => FoundTools;
}

/** The tools of a run, by name. A function of the caller replaces a server tool of the same name. */
export type OfferedTools = ReadonlyMap<string, OfferedTool>;

/** The tool lists of a request's servers for one run, and the events that report them. */
export interface ServerLists {
  lists: McpListToolsItem[];
  /** The servers that have no list in the context yet, each with the item that begins it. */
  missing: { server: RequestServer; index: number; item: McpListToolsItem }[];
  events: ResponseEvent[];
}

/**
 * The servers of the request whose tools must be listed. A list in the context for the same tools is used instead: a run that is
 * taken over keeps its tools, and a later turn does not list them again.
 */
export function findServerLists(
  response: Response,
  history: readonly Item[],
  ports: Pick<RunPorts, 'newId'>,
): ServerLists {
  const found: ServerLists = { lists: [], missing: [], events: [] };
  for (const server of response.requestServers) {
    const known = findList(server, response.output) ?? findList(server, history);
    // A failed list counts within its own run; a later run lists the tools again.
    if (known && (known.error === null || response.output.includes(known))) {
      found.lists.push(known);
      continue;
    }
    const item: McpListToolsItem = {
      type: 'mcp_list_tools',
      id: ports.newId('mcpListTools'),
      serverLabel: server.label,
      origin: server.origin,
      allowed: server.allowed,
      tools: [],
      error: null,
      status: 'in_progress',
    };
    const index = response.output.length + found.missing.length;
    found.missing.push({ server, index, item });
    found.events.push({ type: 'item.added', index, item });
  }
  return found;
}

/** Lists the tools of the servers without a list, all at the same time. A server that fails gets a list with its error. */
export async function fetchServerLists(
  caller: Caller,
  missing: ServerLists['missing'],
  ports: RunPorts,
  signal: AbortSignal,
): Promise<{ index: number; item: McpListToolsItem }[]> {
  const fetched = missing.map(async ({ server, index, item }) => {
    const done = { ...item, status: 'completed' as const };
    try {
      const listing = await untilAborted(ports.tools.listServer(caller, server, signal), signal);
      return { index, item: { ...done, ...listing } };
    } catch (error) {
      signal.throwIfAborted();
      const failure = AppError.from(error);
      if (failure.code === 'internal') ports.onInternalError?.(failure);
      return { index, item: { ...done, error: failure.message } };
    }
  });
  return Promise.all(fetched);
}

/** Where the tools of a run come from. */
export interface ToolSources {
  response: Response;
  history: readonly Item[];
  /** The lists of the request's servers. */
  lists: readonly McpListToolsItem[];
}

/** The tools of a run: the requested tools of this system, the functions of hosted tools, the tools of the lists, and the caller's own. */
export async function offerTools(
  caller: Caller,
  { response, history, lists }: ToolSources,
  ports: { tools: Pick<ToolHost, 'list' | 'listHosted'> },
  signal: AbortSignal,
): Promise<OfferedTools> {
  const { serverTools: select, hostedTools: allHosted = [] } = response;
  const hostedTools = allHosted.filter(({ kind }) => kind !== 'tool_search');
  const [ours, functions] = await untilAborted(
    Promise.all([
      select.length === 0 ? [] : ports.tools.list(caller, select, signal),
      hostedTools.length === 0
        ? []
        : ports.tools.listHosted(
            caller,
            {
              hosted: hostedTools,
              earlier: lastDetails([...history, ...response.input, ...response.output]),
            },
            signal,
          ),
    ]),
    signal,
  );
  const tools = new Map<string, OfferedTool>();
  const offer = (tool: Tool, origin: OfferedTool['origin'], isDeferred?: boolean) =>
    tools.set(tool.name, { tool, origin, ...(isDeferred && { isDeferred }) });
  for (const tool of ours)
    offer(withRule(tool, tool.name, response.approval), null, response.defersServerTools);
  for (const { kind, tool, takesImages = false, detail } of functions) {
    const hosted = hostedTools.find((one) => one.kind === kind);
    if (hosted) tools.set(tool.name, { tool, origin: null, hosted, takesImages, ...(detail && { detail }) });
  }
  for (const server of response.requestServers) {
    const list = lists.find(({ serverLabel }) => serverLabel === server.label);
    for (const { name, tool } of list?.tools ?? []) {
      offer(withRule(tool, name, server.approval), { server, toolName: name }, server.isDeferred);
    }
  }
  for (const tool of describedByNamespace(response.clientTools)) offer(tool, null, tool.isDeferred);
  const search = allHosted.find(({ kind }) => kind === 'tool_search');
  const { allowedTools } = response;
  const isAllowed =
    allowedTools?.some((entry) => entry.executor === 'server' && entry.kind === 'tool_search') ?? true;
  return withToolSearch(narrow(tools, allowedTools), isAllowed ? search : undefined);
}

/** The description of a namespace, which its first tool has, on all of its tools: any of them may be the only one that is offered. */
function describedByNamespace(tools: readonly ClientTool[]): ClientTool[] {
  const descriptions = new Map(
    tools.flatMap(({ namespace }) =>
      namespace?.description ? [[namespace.name, namespace.description] as const] : [],
    ),
  );
  return tools.map((tool) => {
    const description = tool.namespace && descriptions.get(tool.namespace.name);
    return tool.namespace && description ? { ...tool, namespace: { ...tool.namespace, description } } : tool;
  });
}

/** The details of the last calls, one of each kind. */
function lastDetails(items: readonly Item[]): CallDetail[] {
  const last = new Map<string, CallDetail>();
  for (const item of items)
    if (item.type === 'function_call' && item.detail) last.set(item.detail.kind, item.detail);
  return [...last.values()];
}

/**
 * Throws `invalid_request` where the request names a server tool or a hosted tool that the host does not offer to this caller, and for a function
 * of the caller with the name of a hosted tool's function, which it would replace.
 */
export function assertOffered(response: Response, tools: OfferedTools): void {
  assertHosted(response, tools);
  const { serverTools, requiresServerTools } = response;
  if (!requiresServerTools || serverTools === 'all') return;
  const unknown = serverTools.find((name) => !tools.has(name));
  if (unknown === undefined) return;
  throw new AppError(
    'invalid_request',
    `tools names ${unknown}, which is not among the tools that this server offers you. Leave it out, or send its parameters if it is a function of yours.`,
    { param: 'tools' },
  );
}

function assertHosted({ hostedTools = [], allowedTools }: Response, tools: OfferedTools): void {
  if (allowedTools) return;
  for (const { kind } of hostedTools) {
    const offered = tools.get(kind);
    if (offered?.hosted?.kind === kind) continue;
    // A search is offered only where there is something to find.
    if (kind === 'tool_search' && offered === undefined) continue;
    const message =
      offered === undefined
        ? `tools names ${kind}, which this server does not offer you. Leave it out, or ask the operator to enable it.`
        : `tools has ${kind} and another tool with this name. Rename the other one.`;
    throw new AppError('invalid_request', message, { param: 'tools' });
  }
}

/** Throws `invalid_request` for a tool choice that is not among the offered tools: a provider would refuse or ignore it. */
export function assertChoosable({ toolChoice }: Response, tools: OfferedTools): void {
  const param = 'tool_choice';
  if (toolChoice === 'required' && tools.size === 0)
    throw new AppError('invalid_request', 'tool_choice is "required", but there are no tools to call.', {
      param,
    });
  if (typeof toolChoice !== 'string' && !tools.has(toolChoice.name))
    throw new AppError(
      'invalid_request',
      `tool_choice names ${toolChoice.name}, which is not among the tools.`,
      {
        param,
      },
    );
}

/** A hard limit: the model is not offered a tool that is not allowed, and cannot call it. */
function narrow(tools: OfferedTools, allowed: Response['allowedTools']): OfferedTools {
  if (!allowed) return tools;
  return new Map([...tools].filter(([, offered]) => allowed.some((entry) => allows(entry, offered))));
}

function allows(entry: AllowedTool, { tool, origin, hosted }: OfferedTool): boolean {
  if (entry.executor === 'server' && (entry.kind ?? hosted?.kind)) return entry.kind === hosted?.kind;
  if (entry.executor === 'client') return tool.executor === 'client' && entry.name === tool.name;
  if (tool.executor !== 'server' || entry.serverLabel !== (origin?.server.label ?? null)) return false;
  return entry.name === null || entry.name === (origin?.toolName ?? tool.name);
}

/** The tools in the form that the model is offered. The first tool of a namespace describes the namespace. */
export function modelTools(tools: OfferedTools): ModelTool[] {
  const described = new Set<string>();
  return [...tools.values()].map((offered) => ({
    name: offered.tool.name,
    description: describe(offered, described),
    parameters: offered.tool.parameters,
    strict: offered.tool.executor === 'client' ? offered.tool.strict : null,
    ...customForm(offered.tool),
    ...(offered.hosted && { hosted: offered.hosted.kind }),
  }));
}

/** The hosted tools whose functions are offered. */
export function offeredHosted(tools: OfferedTools): HostedTool[] {
  return [...new Set([...tools.values()].flatMap(({ hosted = [] }) => hosted))];
}

/** `described`: the namespaces that the model has read about. */
function describe(offered: OfferedTool, described: Set<string>): string | null {
  const own = markedDescription(offered);
  const namespace = offered.tool.executor === 'client' ? offered.tool.namespace : undefined;
  if (!namespace?.description || described.has(namespace.name)) return own;
  described.add(namespace.name);
  const about = `All tools whose names begin with "${namespace.name}${labelSeparator}": ${namespace.description}`;
  return own ? `${own}\n\n${about}` : about;
}

function customForm(tool: Tool): Pick<ModelTool, 'custom'> {
  if (tool.executor === 'server' || tool.kind !== 'custom') return {};
  return { custom: { ...(tool.grammar && { grammar: tool.grammar }) } };
}

/** The fields of a call that depend on its tool. */
export type CallStart = Pick<
  FunctionCallItem,
  'executor' | 'state' | 'serverLabel' | 'serverToolName' | 'kind' | 'detail' | 'namespace' | 'parameters'
>;

/** The longest schema of a tool's arguments that is kept with a call, in characters. */
const schemaLengthMax = 65_536;

/** The executor and the first state of a call. A call of an unknown tool goes to the server, which refuses it. */
export function startOfCall(tools: OfferedTools, name: string): CallStart {
  const { tool, origin, hosted, detail } = tools.get(name) ?? { tool: null, origin: null };
  const kind = tool?.executor === 'client' ? tool.kind : hosted?.kind;
  const server = {
    serverLabel: origin?.server.label ?? null,
    serverToolName: origin?.toolName ?? null,
    ...(kind && { kind }),
    ...(detail && { detail }),
  };
  if (tool?.executor === 'client') {
    const namespace = tool.namespace && { name: tool.namespace.name, toolName: tool.namespace.toolName };
    return { executor: 'client', state: 'pending_output', ...server, ...(namespace && { namespace }) };
  }
  if (!tool || !needsApproval(tool)) return { executor: 'server', state: 'approved', ...server };
  const parameters = JSON.stringify(tool.parameters);
  const isKept = parameters.length <= schemaLengthMax;
  return { executor: 'server', state: 'pending_approval', ...server, ...(isKept && { parameters }) };
}

function findList(
  { label, origin, allowed }: RequestServer,
  items: readonly Item[],
): McpListToolsItem | undefined {
  const question = JSON.stringify([label, origin, allowed]);
  return items.findLast(
    (item): item is McpListToolsItem =>
      item.type === 'mcp_list_tools' &&
      item.status === 'completed' &&
      JSON.stringify([item.serverLabel, item.origin, item.allowed]) === question,
  );
}

function withRule(tool: ServerTool, toolName: string, rule: ApprovalRule | null): ServerTool {
  return { ...tool, approval: rule ? ruledApproval(tool, toolName, rule) : tool.approval };
}

/** The caller may require or waive its approval, unless the operator requires it always. */
function ruledApproval(tool: ServerTool, toolName: string, rule: ApprovalRule): ApprovalPolicy {
  if (tool.approval === 'always' || matches(rule.always, tool, toolName)) return 'always';
  if (matches(rule.never, tool, toolName)) return 'never';
  return rule.otherwise ?? tool.approval;
}

function matches(filter: ToolFilter | null, { annotations }: ServerTool, toolName: string): boolean {
  if (filter === null) return false;
  const { names, readOnly } = filter;
  return (names?.includes(toolName) ?? true) && (readOnly ?? annotations.readOnly) === annotations.readOnly;
}
