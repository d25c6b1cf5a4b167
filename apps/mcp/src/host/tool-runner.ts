import {
  AppError,
  type CallDetail,
  type CalledServer,
  type Caller,
  type HostedFunction,
  type HostedTool,
  type ServerListing,
  type ServerTool,
  type ServerToolSelection,
  type ToolResult,
  deepestCause,
} from '@antiphon/contracts';
import {
  callerAttributes,
  CallerLimits,
  type LimitedWindow,
  LOGGER,
  type Logger,
  metrics,
  noTracing,
  type TraceContext,
  Tracing,
} from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { Histogram } from 'prom-client';
import { type CatalogTool, type ToolCall, type ToolOutcome, ToolRegistry } from './tool-registry.ts';

const toolCallSeconds = new Histogram({
  name: 'tool_call_seconds',
  help: 'Duration of tool calls in seconds',
  labelNames: ['tool', 'outcome'] as const,
  buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  registers: [metrics],
});

/** The tools that keep a process or a thread busy, and the limit that counts their time. */
const timeWindows: Readonly<Record<string, LimitedWindow>> = {
  python_exec: 'pythonMs',
  code_interpreter: 'pythonMs',
  shell: 'pythonMs',
  scrape: 'scrapeMs',
  web_search_open_page: 'scrapeMs',
  web_search_find_in_page: 'scrapeMs',
};

/** Runs tools for the bus and for MCP clients: counts, times, traces and logs every call. */
@Injectable()
export class ToolRunner {
  constructor(
    private readonly registry: ToolRegistry,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly limits: CallerLimits,
    private readonly tracing: Tracing = noTracing,
  ) {}

  /** The tools that a caller may use among those it selected. */
  async list(caller: Caller, select: ServerToolSelection): Promise<ServerTool[]> {
    return this.registry.list(caller, select);
  }

  /** All tools that a caller may use, also those that it has to select by name. */
  catalog(caller: Caller): Promise<CatalogTool[]> {
    return this.registry.catalog(caller);
  }

  /** The tool of this name among all that a caller may use; null without one. */
  async find(caller: Caller, name: string): Promise<ServerTool | null> {
    return this.registry.find(caller, name);
  }

  /** The tools that a caller may use of a server that its request names. Throws an AppError where the server does not list its tools. */
  async listServer(caller: Caller, server: CalledServer): Promise<ServerListing> {
    return this.registry.listServer(caller, server);
  }

  /**
   * The functions of a request's hosted tools, as far as the caller may use them; `earlier` has the details of the last calls in the context. Throws the
   * AppError of a tool that it cannot use as declared.
   */
  listHosted(
    caller: Caller,
    hosted: readonly HostedTool[],
    earlier: readonly CallDetail[],
  ): Promise<HostedFunction[]> {
    return this.registry.listHosted(caller, hosted, earlier);
  }

  /** Runs one call. A failure is a result. Throws `cancelled` when the signal aborts and `unavailable` when too many calls run and wait. */
  async call(call: ToolCall, signal: AbortSignal, trace: TraceContext = null): Promise<ToolResult> {
    const attributes = { tool: this.registry.countedAs(call.name), ...callerAttributes(call.caller) };
    const span = this.tracing.start('tool call', { parent: trace, attributes });
    try {
      const { cause, ...result } = await this.callWithinLimits(call, signal);
      span.end(result.error?.code ?? 'ok');
      this.record(call, result, cause);
      return result;
    } catch (error) {
      span.end(AppError.from(error).code);
      throw error;
    }
  }

  /** Counts the time of tools with a limit, for any outcome. A refusal is a result that the model reads. */
  private async callWithinLimits(call: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    const window = call.server ? undefined : timeWindows[call.name];
    if (window === undefined) return this.registry.call(call, signal);
    try {
      this.limits.require(call.caller, window);
    } catch (thrown) {
      const error = AppError.from(thrown);
      return { output: error.message, error: error.toInfo(), durationMs: 0 };
    }
    const startedAt = performance.now();
    try {
      return await this.registry.call(call, signal);
    } finally {
      this.limits.charge(call.caller, window, performance.now() - startedAt);
    }
  }

  /** Neither logs nor counts arguments and outputs, which belong to the caller. */
  private record(call: ToolCall, result: ToolOutcome, cause: unknown): void {
    const tool = this.registry.countedAs(call.name);
    const outcome = result.error?.code ?? 'ok';
    toolCallSeconds.observe({ tool, outcome }, result.durationMs / 1000);
    const line = { tool, outcome, durationMs: result.durationMs, userId: call.caller.userId };
    if (outcome === 'internal') this.logger.error({ ...line, err: cause }, 'a tool failed');
    else if (outcome === 'ok') this.logger.debug(line, 'tool call');
    else this.logger.info(cause ? { ...line, cause: deepestMessage(cause) } : line, 'tool call');
  }
}

function deepestMessage(cause: unknown): string {
  const deepest = deepestCause(cause);
  return deepest instanceof Error ? deepest.message : String(deepest);
}
