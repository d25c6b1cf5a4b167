import { toolsCall, toolsList } from '@antiphon/contracts';
import { LOGGER, type Logger, metrics, RpcBus } from '@antiphon/service-kit';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Histogram } from 'prom-client';
import { type ToolCall, type ToolOutcome, ToolRegistry } from './tool-registry.ts';

const toolCallSeconds = new Histogram({
  name: 'tool_call_seconds',
  help: 'Duration of tool calls in seconds',
  labelNames: ['tool', 'outcome'] as const,
  buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  registers: [metrics],
});

/** The tools over the bus. */
@Injectable()
export class ToolsHandler implements OnModuleInit {
  constructor(
    @Inject(RpcBus) private readonly bus: RpcBus,
    @Inject(ToolRegistry) private readonly registry: ToolRegistry,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.bus.handle(toolsList, async ({ caller, select }) => ({ tools: this.registry.list(caller, select) }));
    this.bus.handle(toolsCall, async (call, signal) => {
      const { cause, ...result } = await this.registry.call(call, signal);
      this.record(call, result, cause);
      return result;
    });
  }

  /** Arguments and outputs are the caller's: they are neither logged nor counted. */
  private record(call: ToolCall, result: ToolOutcome, cause: unknown): void {
    const tool = this.registry.has(call.name) ? call.name : 'unknown';
    const outcome = result.error?.code ?? 'ok';
    toolCallSeconds.observe({ tool, outcome }, result.durationMs / 1000);
    const line = { tool, outcome, durationMs: result.durationMs, userId: call.caller.userId };
    if (outcome === 'internal') this.logger.error({ ...line, err: cause }, 'a tool failed');
    else this.logger.info(cause ? { ...line, cause: deepestMessage(cause) } : line, 'tool call');
  }
}

function deepestMessage(cause: unknown): string {
  let deepest = cause;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  return deepest instanceof Error ? deepest.message : String(deepest);
}
