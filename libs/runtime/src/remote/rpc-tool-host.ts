import {
  AppError,
  type CalledServer,
  type Caller,
  type HostedFunction,
  type RequestServer,
  type ServerListing,
  type ServerTool,
  type ServerToolSelection,
  type ToolResult,
  toolsCall,
  toolsCallHosted,
  toolsList,
  toolsListHosted,
  toolsListServer,
} from '@antiphon/contracts';
import type { HostedListing, ToolCallRequest, ToolHost } from '@antiphon/engine';
import { type RequestTime, BusClient, type TraceContext } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ServerAccessBox } from '../sealed/server-access.ts';

/** Nest's token for the `TracedTools`. */
export const TOOL_HOST = Symbol('tool host');
/** Nest's token for the limits of the tool host's client. */
export const TOOL_HOST_LIMITS = Symbol('tool host limits');

export interface ToolHostLimits {
  listTimeoutMs: number;
  /** How long a caller's tool list is cached. */
  listCacheMs: number;
}

const listsMax = 1_000;
/** The time of the bus beside the tool's own time. */
const callSlackMs = 2_000;
/** The part of a tool's time that its call may wait for a tool host: a call that starts later would time out. */
const waitShare = 0.9;

/** The engine's tool port, with the trace of the run. */
export interface TracedTools extends Pick<ToolHost, 'list' | 'listHosted'> {
  listServer(
    caller: Caller,
    server: RequestServer,
    signal: AbortSignal,
    trace: TraceContext,
  ): Promise<ServerListing>;
  call(
    caller: Caller,
    request: ToolCallRequest,
    signal: AbortSignal,
    trace: TraceContext,
  ): Promise<ToolResult>;
}

/** The tools of the mcp service, over the bus. */
@Injectable()
export class RpcToolHost implements TracedTools {
  private readonly lists: LRUCache<string, ServerTool[]>;
  private readonly hostedLists: LRUCache<string, HostedFunction[]>;

  constructor(
    private readonly bus: BusClient,
    private readonly access: ServerAccessBox,
    @Inject(TOOL_HOST_LIMITS) private readonly limits: ToolHostLimits,
  ) {
    this.lists = new LRUCache({ max: listsMax, ttl: limits.listCacheMs });
    this.hostedLists = new LRUCache({ max: listsMax, ttl: limits.listCacheMs });
  }

  async list(caller: Caller, select: ServerToolSelection, signal: AbortSignal): Promise<ServerTool[]> {
    // The whole caller is the key: two API keys of one user differ in their scopes, and so in their tools.
    const key = JSON.stringify([caller, select]);
    const cached = this.lists.get(key);
    if (cached) return cached;
    const { tools } = await this.bus.call(toolsList, { caller, select }, this.listTime, signal);
    this.lists.set(key, tools);
    return tools;
  }

  /** A list whose calls begin with a detail is of one run, and not cached. */
  async listHosted(
    caller: Caller,
    { hosted, earlier }: HostedListing,
    signal: AbortSignal,
  ): Promise<HostedFunction[]> {
    const key = JSON.stringify([caller, hosted]);
    const cached = this.hostedLists.get(key);
    if (cached) return cached;
    const request = { caller, hosted: [...hosted], earlier: [...earlier] };
    const { functions } = await this.bus.call(toolsListHosted, request, this.listTime, signal);
    if (functions.every(({ detail }) => detail === undefined)) this.hostedLists.set(key, functions);
    return functions;
  }

  /** Not cached here: the tool host caches the lists and knows when they change. */
  async listServer(
    caller: Caller,
    server: RequestServer,
    signal: AbortSignal,
    trace: TraceContext,
  ): Promise<ServerListing> {
    const request = { caller, server: this.calledServer(caller, server) };
    return this.bus.call(toolsListServer, request, this.listTime, signal, trace);
  }

  async call(
    caller: Caller,
    { server, hosted, detail, onProgress, ...call }: ToolCallRequest,
    signal: AbortSignal,
    trace: TraceContext,
  ): Promise<ToolResult> {
    const waitMs = call.timeoutMs * waitShare;
    if (hosted) {
      const request = { caller, ...call, hosted, ...(detail && { detail }) };
      const chunks = this.bus.stream(toolsCallHosted, request, signal, trace, waitMs);
      for await (const chunk of chunks) {
        if ('result' in chunk) return chunk.result;
        onProgress?.(chunk.progress);
      }
      throw new AppError('unavailable', 'The tool ended without a result.', { unanswered: 'unknown' });
    }
    const request = { caller, ...call, ...(server && { server: this.calledServer(caller, server) }) };
    const time = { timeoutMs: call.timeoutMs + callSlackMs, waitMs };
    return this.bus.call(toolsCall, request, time, signal, trace);
  }

  /** A call waits for a tool host that restarts as long as for one that is slow. */
  private get listTime(): RequestTime {
    return { timeoutMs: this.limits.listTimeoutMs, waitMs: this.limits.listTimeoutMs };
  }

  private calledServer(caller: Caller, server: RequestServer): CalledServer {
    const { label, allowed } = server;
    return { label, allowed, access: this.access.open(caller, server) };
  }
}
