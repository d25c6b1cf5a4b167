import {
  AppError,
  type Caller,
  type ServerTool,
  type ServerToolSelection,
  type ToolResult,
} from '@antiphon/contracts';
import pLimit, { type LimitFunction } from 'p-limit';
import type { HostedTool } from './tool.ts';
import { boundedOutput } from './tool-output.ts';

export interface ToolLimits {
  outputBytesMax: number;
  /** Calls that run at the same time in this process. */
  concurrencyMax: number;
  /** Calls that wait for one of those. */
  waitingMax: number;
}

export interface ToolCall {
  caller: Caller;
  name: string;
  /** JSON as the model wrote it. */
  arguments: string;
  idempotencyKey: string;
  timeoutMs: number;
}

/** A result, and for the log what lies behind its error. */
export type ToolOutcome = ToolResult & { cause?: unknown };

/** The tools of this process by name, and the one way to run them. */
export class ToolRegistry {
  private readonly tools: ReadonlyMap<string, HostedTool>;
  private readonly limits: ToolLimits;
  private readonly slots: LimitFunction;

  constructor(tools: readonly HostedTool[], limits: ToolLimits) {
    this.tools = new Map(tools.map((tool) => [tool.offer.name, tool]));
    this.limits = limits;
    this.slots = pLimit(limits.concurrencyMax);
  }

  /** What a caller may use of the tools it selected. */
  list(_caller: Caller, select: ServerToolSelection): ServerTool[] {
    const offers = [...this.tools.values()].map((tool) => tool.offer);
    return select === 'all' ? offers : offers.filter((offer) => select.includes(offer.name));
  }

  has(name: string): boolean {
    return this.tools.has(name);
  }

  /**
   * Runs one call; whatever goes wrong in it is a result that the model reads. Throws `cancelled` when the signal aborts and
   * `unavailable` when this process has too much to do already.
   */
  async call(call: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    const startedAt = performance.now();
    const tool = this.tools.get(call.name);
    const outcome = tool ? await this.run(tool, call, signal) : failure(this.unknownTool(call.name));
    return { ...outcome, durationMs: Math.round(performance.now() - startedAt) };
  }

  private async run(
    tool: HostedTool,
    call: ToolCall,
    signal: AbortSignal,
  ): Promise<Omit<ToolOutcome, 'durationMs'>> {
    const { concurrencyMax, waitingMax } = this.limits;
    if (this.slots.activeCount + this.slots.pendingCount >= concurrencyMax + waitingMax) {
      throw new AppError('unavailable', 'too many tools are running', { retryAfterMs: 1_000 });
    }
    const timeoutMs = Math.min(call.timeoutMs, tool.offer.timeoutMs);
    const deadline = AbortSignal.timeout(timeoutMs);
    const stop = AbortSignal.any([signal, deadline]);
    try {
      const args = parseJson(call.arguments);
      // A tool that does not heed its signal keeps its slot until it ends, but nobody waits for it.
      const running = this.slots(async () => {
        stop.throwIfAborted();
        return tool.run(args, call, stop);
      });
      return {
        output: boundedOutput(await unlessAborted(running, stop), this.limits.outputBytesMax),
        error: null,
      };
    } catch (cause) {
      if (signal.aborted) throw new AppError('cancelled', 'the tool call was cancelled', { cause });
      if (deadline.aborted) {
        const message = `the tool did not answer within ${timeoutMs / 1000} s`;
        return failure(new AppError('tool_timeout', message, { cause }));
      }
      return failure(AppError.from(cause));
    }
  }

  private unknownTool(name: string): AppError {
    const names = [...this.tools.keys()].join(', ');
    return new AppError('not_found', `no tool named ${name.slice(0, 64)}; the tools are ${names}`);
  }
}

function failure(error: AppError): Omit<ToolOutcome, 'durationMs'> {
  const told =
    error.code === 'internal' ? new AppError('internal', 'the tool failed', { cause: error.cause }) : error;
  return {
    output: told.message.toWellFormed().replaceAll('\u0000', '\uFFFD'),
    error: told.toInfo(),
    cause: told.cause,
  };
}

/** Some models write nothing where a tool needs nothing. */
function parseJson(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid_request', 'the arguments are not valid JSON', { cause });
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const settled = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const give = () => reject(signal.reason as Error); // what aborts a signal of ours is an Error
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { signal: settled.signal });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    settled.abort();
  }
}
