import type {
  Caller,
  ClientTool,
  HostedFunction,
  ListedTool,
  RequestServer,
  ServerListing,
  ServerTool,
  ServerToolSelection,
  ToolResult,
} from '@antiphon/contracts';
import type { HostedListing, ToolCallRequest, ToolHost } from '../ports.ts';

/** A server tool and its function, which returns a text or a whole result, or rejects like an unavailable host. */
export interface ScriptedTool {
  tool: ServerTool;
  run(request: ToolCallRequest, signal: AbortSignal): string | ToolResult | Promise<string | ToolResult>;
}

/** A tool host whose tools are functions of the test. Records its calls. */
export class ScriptedTools implements ToolHost {
  readonly calls: ToolCallRequest[] = [];
  /** The tools of a request's servers, by label, or the error of listing them. */
  readonly servers = new Map<string, ListedTool[] | Error>();
  /** The functions of hosted tools; a call of one finds its tool by name. */
  readonly hosted: HostedFunction[] = [];
  /** The listings of hosted tools, in order. */
  readonly listings: HostedListing[] = [];
  /** The labels of the listed servers, in order. */
  readonly asked: string[] = [];
  private readonly tools: readonly ScriptedTool[];

  constructor(...tools: ScriptedTool[]) {
    this.tools = tools;
  }

  async list(_caller: Caller, select: ServerToolSelection): Promise<ServerTool[]> {
    const tools = this.tools.map(({ tool }) => tool);
    return select === 'all' ? tools : tools.filter(({ name }) => select.includes(name));
  }

  async listServer(_caller: Caller, { label }: RequestServer): Promise<ServerListing> {
    this.asked.push(label);
    const listed = this.servers.get(label) ?? new Error(`the test has no server ${label}`);
    if (listed instanceof Error) throw listed;
    return { tools: listed };
  }

  async listHosted(_caller: Caller, listing: HostedListing): Promise<HostedFunction[]> {
    this.listings.push(listing);
    const { hosted } = listing;
    return this.hosted.filter(({ kind }) => hosted.some((tool) => tool.kind === kind));
  }

  async call(_caller: Caller, request: ToolCallRequest, signal: AbortSignal): Promise<ToolResult> {
    this.calls.push(request);
    const found = this.tools.find(({ tool }) => tool.name === request.name);
    if (!found) throw new Error(`the test has no tool ${request.name}`);
    const result = await found.run(request, signal);
    return typeof result === 'string' ? { output: result, error: null, durationMs: 1 } : result;
  }
}

/** A read-only tool that returns its name and arguments, with the changes of the test. */
export function serverTool(
  name: string,
  changes: Partial<ServerTool> = {},
  run: ScriptedTool['run'] = (request) => `${name}(${request.arguments})`,
): ScriptedTool {
  const tool: ServerTool = {
    executor: 'server',
    name,
    description: `The tool ${name}.`,
    parameters: { type: 'object' },
    annotations: { readOnly: true, idempotent: true, destructive: false },
    approval: 'never',
    timeoutMs: 30_000,
    ...changes,
  };
  return { tool, run };
}

/** A function of the caller. */
export function clientTool(name: string): ClientTool {
  return { executor: 'client', name, description: null, parameters: null, strict: null };
}
