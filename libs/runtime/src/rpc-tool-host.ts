import {
  type Caller,
  type ServerTool,
  type ServerToolSelection,
  type ToolResult,
  toolsCall,
  toolsList,
} from '@antiphon/contracts';
import type { ToolCallRequest, ToolHost } from '@antiphon/engine';
import type { RpcBus, TraceContext } from '@antiphon/service-kit';
import { LRUCache } from 'lru-cache';

export interface ToolHostLimits {
  listTimeoutMs: number;
  /** How long a caller's tool list is used again. */
  listCacheMs: number;
}

const listsMax = 1_000;
/** What the way there and back may take beside the tool's own time. */
const callSlackMs = 2_000;

/** The engine's tools, told to which trace a call belongs. */
export interface TracedTools extends Pick<ToolHost, 'list'> {
  call(
    caller: Caller,
    request: ToolCallRequest,
    signal: AbortSignal,
    trace: TraceContext,
  ): Promise<ToolResult>;
}

/** Tools that are asked of the mcp service. */
export class RpcToolHost implements TracedTools {
  private readonly lists: LRUCache<string, ServerTool[]>;

  constructor(
    private readonly bus: RpcBus,
    private readonly limits: ToolHostLimits,
  ) {
    this.lists = new LRUCache({ max: listsMax, ttl: limits.listCacheMs });
  }

  async list(caller: Caller, select: ServerToolSelection, signal: AbortSignal): Promise<ServerTool[]> {
    // Whatever tells callers apart may tell their tools apart: two keys of one user differ in their scopes.
    const key = JSON.stringify([caller, select]);
    const cached = this.lists.get(key);
    if (cached) return cached;
    const { tools } = await this.bus.call(toolsList, { caller, select }, this.limits.listTimeoutMs, signal);
    this.lists.set(key, tools);
    return tools;
  }

  call(
    caller: Caller,
    request: ToolCallRequest,
    signal: AbortSignal,
    trace: TraceContext,
  ): Promise<ToolResult> {
    const timeoutMs = request.timeoutMs + callSlackMs;
    return this.bus.call(toolsCall, { caller, ...request }, timeoutMs, signal, trace);
  }
}
