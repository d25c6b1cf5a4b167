import { untilAborted } from '@antiphon/async';
import {
  AppError,
  type CalledServer,
  type Caller,
  labelSeparator,
  type ServerListing,
  type ServerTool,
  type ServerToolSelection,
  storableText,
  type ToolResult,
} from '@antiphon/contracts';
import { Inject, Injectable } from '@nestjs/common';
import pLimit, { type LimitFunction } from 'p-limit';
import { MCP_CONFIG } from '../config.ts';
import { ToolPolicy } from './tool-policy.ts';
import { OutsideTools } from '../servers/outside-tools.ts';
import type { HostedTool, ToolContext } from './tool.ts';
import { boundedOutput } from './tool-output.ts';
import { BUILT_IN_TOOLS } from './tool-source.ts';

export interface ToolLimits {
  outputBytesMax: number;
  /** Calls that run at the same time in this process, of its own tools and as many of outside servers'. */
  concurrencyMax: number;
  /** Calls that wait for a place. */
  waitingMax: number;
}

export interface ToolCall extends ToolContext {
  name: string;
  /** The request's server whose tool it is. */
  server?: CalledServer | undefined;
  /** JSON as the model wrote it. */
  arguments: string;
  timeoutMs: number;
}

/** A result, and for the log what lies behind its error. */
export type ToolOutcome = ToolResult & { cause?: unknown };

/** The tools of this process by name and those of outside servers, and the one way to run them. */
@Injectable()
export class ToolRegistry {
  private readonly tools: ReadonlyMap<string, HostedTool>;
  private readonly policy: ToolPolicy;
  private readonly limits: ToolLimits;
  private readonly outside: OutsideTools;
  private readonly slots: LimitFunction;
  /** Apart from the others: what outside servers hold up are not our own tools. */
  private readonly outsideSlots: LimitFunction;
  /** Of the tools that have a bound of their own. */
  private readonly ownSlots: ReadonlyMap<string, LimitFunction>;

  constructor(
    @Inject(BUILT_IN_TOOLS) tools: readonly HostedTool[],
    policy: ToolPolicy,
    @Inject(MCP_CONFIG) { tools: limits }: { tools: ToolLimits },
    outside: OutsideTools,
  ) {
    this.tools = new Map(tools.map((tool) => [tool.offer.name, tool]));
    this.policy = policy;
    this.limits = limits;
    this.outside = outside;
    this.slots = pLimit(limits.concurrencyMax);
    this.outsideSlots = pLimit(limits.concurrencyMax);
    this.ownSlots = new Map(policy.concurrencies.map(([name, callsMax]) => [name, pLimit(callsMax)]));
  }

  /** What a caller may use of the tools it selected. */
  async list(caller: Caller, select: ServerToolSelection): Promise<ServerTool[]> {
    return this.offers(caller, select, select === 'all' ? 'all' : 'named');
  }

  /** The tool of this name among all that a caller may use; of outside servers only the tool's own is asked. */
  async find(caller: Caller, name: string): Promise<ServerTool | null> {
    const [tool = null] = await this.offers(caller, [name], 'all');
    return tool;
  }

  /** What a caller may use of a server that its request names. Throws what keeps the server from being asked. */
  async listServer(caller: Caller, server: CalledServer): Promise<ServerListing> {
    const listing = await this.outside.listServer(caller, server);
    const tools = listing.tools.flatMap(({ name, tool }) => {
      const offer = this.policy.offer(caller, tool, 'named');
      return offer ? { name, tool: offer } : [];
    });
    return { ...listing, tools };
  }

  /** The name that calls are counted under: callers and models make up as many as they like, so only ours stand for themselves. */
  countedAs(name: string): string {
    if (this.tools.has(name)) return name;
    return name.includes(labelSeparator) ? 'outside' : 'unknown';
  }

  /**
   * Runs one call; whatever goes wrong in it is a result that the model reads. Throws `cancelled` when the signal aborts and
   * `unavailable` when this process has too much to do already.
   */
  async call(call: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    const startedAt = performance.now();
    const outcome = await this.findAndRun(call, startedAt, signal);
    return { ...outcome, durationMs: Math.round(performance.now() - startedAt) };
  }

  private async offers(
    caller: Caller,
    select: ServerToolSelection,
    as: 'all' | 'named',
  ): Promise<ServerTool[]> {
    const own = [...this.tools.values()].filter(
      ({ offer }) => select === 'all' || select.includes(offer.name),
    );
    const outside = await this.outside.list(caller, select);
    return [
      ...own.flatMap(({ offer }) => this.policy.offer(caller, offer, as) ?? []),
      // Who registered a server and enabled it has chosen its tools, as if by name.
      ...outside.flatMap(({ tool, isOwn }) => this.policy.offer(caller, tool, isOwn ? 'named' : as) ?? []),
    ];
  }

  private async findAndRun(
    call: ToolCall,
    startedAt: number,
    signal: AbortSignal,
  ): Promise<Omit<ToolOutcome, 'durationMs'>> {
    const tool = call.server ? undefined : this.tools.get(call.name);
    if (tool) {
      const offer = this.policy.offer(call.caller, tool.offer, 'named');
      if (!offer) return failure(this.unknownTool(call.caller, call.name));
      return this.run(tool, Math.min(call.timeoutMs, offer.timeoutMs), call, signal);
    }
    const found = await this.findOutside(call, signal);
    if (found instanceof AppError) return failure(found);
    const offer = found && this.policy.offer(call.caller, found.offer, 'named');
    if (!offer) return failure(this.unknownTool(call.caller, call.name));
    // To find it may have taken a connection: that is part of the call's time.
    const leftMs = Math.max(Math.round(call.timeoutMs - (performance.now() - startedAt)), 1);
    return this.run(found, Math.min(leftMs, offer.timeoutMs), call, signal);
  }

  /** An error where its server cannot be asked. */
  private async findOutside(call: ToolCall, signal: AbortSignal): Promise<HostedTool | AppError | null> {
    const { caller, timeoutMs } = call;
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      return await this.outside.find(caller, call, AbortSignal.any([signal, deadline]));
    } catch (cause) {
      if (signal.aborted) throw new AppError('cancelled', 'the tool call was cancelled', { cause });
      if (!deadline.aborted) return AppError.from(cause);
      return new AppError('tool_timeout', `the tool did not answer within ${timeoutMs / 1000} s`, { cause });
    }
  }

  private async run(
    tool: HostedTool,
    timeoutMs: number,
    call: ToolCall,
    signal: AbortSignal,
  ): Promise<Omit<ToolOutcome, 'durationMs'>> {
    const slots = this.slotsOf(tool);
    for (const limit of slots) this.refuseWhereFull(limit);
    const deadline = AbortSignal.timeout(timeoutMs);
    const stop = AbortSignal.any([signal, deadline]);
    try {
      const args = parseJson(call.arguments);
      const start = async () => {
        stop.throwIfAborted();
        return tool.run(args, call, stop);
      };
      // A tool that does not heed its signal keeps its slots until it ends, but nobody waits for it.
      const running = slots.reduceRight((work, limit) => () => limit(work), start)();
      const said = await untilAborted(running, stop);
      const { text, images } = typeof said === 'string' ? { text: said, images: [] } : said;
      return {
        output: boundedOutput(text, this.limits.outputBytesMax),
        ...(images.length > 0 && { images }),
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

  /** Who waits for a narrower place does not take one from the others yet. */
  private slotsOf({ offer, slots }: HostedTool): LimitFunction[] {
    const own = this.ownSlots.get(offer.name);
    return [...(own ? [own] : []), ...(slots ? [...slots, this.outsideSlots] : [this.slots])];
  }

  private refuseWhereFull(slots: LimitFunction): void {
    if (slots.activeCount + slots.pendingCount < slots.concurrency + this.limits.waitingMax) return;
    throw new AppError('unavailable', 'too many tools are running', {
      retryAfterMs: 1_000,
      unanswered: 'refused',
    });
  }

  /** A tool that is not for this caller is one that it is not told of. */
  private unknownTool(caller: Caller, name: string): AppError {
    const names = [...this.tools.values()]
      .flatMap(({ offer }) => this.policy.offer(caller, offer, 'named')?.name ?? [])
      .join(', ');
    return new AppError('not_found', `no tool named ${name.slice(0, 64)}; the tools are ${names}`);
  }
}

function failure(error: AppError): Omit<ToolOutcome, 'durationMs'> {
  const told =
    error.code === 'internal' ? new AppError('internal', 'the tool failed', { cause: error.cause }) : error;
  return {
    output: storableText(told.message),
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
