import type {
  AllowedTool,
  Caller,
  FunctionCallItem,
  ModelTool,
  Response,
  ServerTool,
  Tool,
} from '@antiphon/contracts';
import type { ToolHost } from './ports.ts';
import { untilAborted } from './until-aborted.ts';

/** The tools of a run, by name. Where the caller brings a function of the same name as one of ours, the caller's holds. */
export type OfferedTools = ReadonlyMap<string, Tool>;

/** Asks for the server's tools once, at the start of a run, and puts the caller's beside them. */
export async function listTools(
  caller: Caller,
  response: Response,
  ports: { tools: Pick<ToolHost, 'list'> },
  signal: AbortSignal,
): Promise<OfferedTools> {
  const select = response.serverTools;
  const ours =
    select.length === 0 ? [] : await untilAborted(ports.tools.list(caller, select, signal), signal);
  const tools = new Map<string, Tool>();
  for (const tool of ours) tools.set(tool.name, tool);
  for (const tool of response.clientTools) tools.set(tool.name, tool);
  return narrow(tools, response);
}

/** A hard limit: what is not allowed the model is not even told of, and cannot call. */
function narrow(tools: OfferedTools, { allowedTools, requestServers }: Response): OfferedTools {
  if (!allowedTools) return tools;
  const labels = requestServers.map((server) => server.label);
  return new Map([...tools].filter(([, tool]) => allowedTools.some((entry) => allows(entry, tool, labels))));
}

function allows(entry: AllowedTool, { executor, name }: Tool, labels: readonly string[]): boolean {
  if (entry.executor === 'client') return executor === 'client' && entry.name === name;
  const label = labels.find((known) => name.startsWith(`${known}__`)) ?? null;
  if (executor !== 'server' || entry.serverLabel !== label) return false;
  return entry.name === null || name === (label === null ? entry.name : `${label}__${entry.name}`);
}

/** The tools as the model is told of them. */
export function modelTools(tools: OfferedTools): ModelTool[] {
  return [...tools.values()].map((tool) => ({
    name: tool.name,
    description: tool.description,
    parameters: tool.parameters,
    strict: tool.executor === 'client' ? tool.strict : null,
  }));
}

/** Who runs a call of this name and where it stands to begin with. A name that nobody knows is ours, to be answered with a refusal. */
export function firstStateOf(
  tools: OfferedTools,
  name: string,
): Pick<FunctionCallItem, 'executor' | 'state'> {
  const tool = tools.get(name);
  if (tool?.executor === 'client') return { executor: 'client', state: 'pending_output' };
  return { executor: 'server', state: tool && needsApproval(tool) ? 'pending_approval' : 'approved' };
}

function needsApproval({ approval, annotations }: ServerTool): boolean {
  return approval === 'always' || (approval === 'unsafe' && !annotations.readOnly);
}
