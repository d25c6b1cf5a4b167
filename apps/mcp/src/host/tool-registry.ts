import { untilAborted } from '@antiphon/async';
import {
  AppError,
  type CallDetail,
  type CalledServer,
  type Caller,
  type HostedFunction,
  type HostedTool,
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
import { HostedTools } from '../hosted/hosted-tools.ts';
import { labelOf, OutsideTools } from '../servers/outside-tools.ts';
import type { RegisteredTool, ToolContext } from './tool.ts';
import { boundedOutput } from './tool-output.ts';
import { BUILT_IN_TOOLS } from './tool-source.ts';

export interface ToolLimits {
  outputBytesMax: number;
  /** Calls of built-in tools that run at the same time in this process, and as many calls of outside servers' tools. */
  concurrencyMax: number;
  /** Calls that wait for their turn. */
  waitingMax: number;
}

export interface ToolCall extends ToolContext {
  name: string;
  /** The server of the request that has the tool. */
  server?: CalledServer | undefined;
  /** The hosted tool of the request that has the function. */
  hosted?: HostedTool;
  /** JSON, as the model wrote it. */
  arguments: string;
  timeoutMs: number;
}

/** A tool that a caller may use, and how. */
export interface CatalogTool {
  tool: ServerTool;
  /** The label of the outside server that has it; null for a built-in tool. */
  serverLabel: string | null;
  /** Whether requests that select all tools get it; otherwise they name it. */
  isInAll: boolean;
}

/** A result, and for the log the cause of its error. */
export type ToolOutcome = ToolResult & { cause?: unknown };

/** Lists, finds and runs the built-in tools, the hosted tools of requests and the tools of outside servers. */
@Injectable()
export class ToolRegistry {
  private readonly tools: ReadonlyMap<string, RegisteredTool>;
  private readonly policy: ToolPolicy;
  private readonly limits: ToolLimits;
  private readonly outside: OutsideTools;
  private readonly hosted: HostedTools;
  private readonly slots: LimitFunction;
  /** Separate, so that slow outside servers do not hold up built-in tools. */
  private readonly outsideSlots: LimitFunction;
  /** Of built-in tools with a limit of their own. */
  private readonly ownSlots: ReadonlyMap<string, LimitFunction>;

  constructor(
    @Inject(BUILT_IN_TOOLS) tools: readonly RegisteredTool[],
    policy: ToolPolicy,
    @Inject(MCP_CONFIG) { tools: limits }: { tools: ToolLimits },
    outside: OutsideTools,
    hosted: HostedTools,
  ) {
    this.tools = new Map(tools.map((tool) => [tool.offer.name, tool]));
    this.policy = policy;
    this.limits = limits;
    this.outside = outside;
    this.hosted = hosted;
    this.slots = pLimit(limits.concurrencyMax);
    this.outsideSlots = pLimit(limits.concurrencyMax);
    this.ownSlots = new Map(policy.concurrencies.map(([name, callsMax]) => [name, pLimit(callsMax)]));
  }

  /** The tools that a caller may use among those it selected. */
  async list(caller: Caller, select: ServerToolSelection): Promise<ServerTool[]> {
    return this.offers(caller, select, select === 'all' ? 'all' : 'named');
  }

  /** All tools that a caller may use, also those that it has to select by name. */
  async catalog(caller: Caller): Promise<CatalogTool[]> {
    const own = [...this.tools.values()].map(({ offer }) => ({ tool: offer, isOwn: false }));
    const outside = await this.outside.list(caller, 'all');
    return [...own, ...outside].flatMap(({ tool, isOwn }) => {
      const offer = this.policy.offer(caller, tool, 'named');
      if (!offer) return [];
      const isInAll = isOwn || this.policy.offer(caller, tool, 'all') !== null;
      return [{ tool: offer, serverLabel: labelOf(tool.name), isInAll }];
    });
  }

  /** The tool of this name among all that a caller may use; null without one. Only the outside server that the name belongs to is called. */
  async find(caller: Caller, name: string): Promise<ServerTool | null> {
    const [tool = null] = await this.offers(caller, [name], 'all');
    return tool;
  }

  /** The tools that a caller may use of a server that its request names. Throws an AppError where the server does not list its tools. */
  async listServer(caller: Caller, server: CalledServer): Promise<ServerListing> {
    const listing = await this.outside.listServer(caller, server);
    const tools = listing.tools.flatMap(({ name, tool }) => {
      const offer = this.policy.offer(caller, tool, 'named');
      return offer ? { name, tool: offer } : [];
    });
    return { ...listing, tools };
  }

  /**
   * The functions of a request's hosted tools, as far as the caller may use them; `earlier` has the details of the last calls in the context. Throws the
   * AppError of a tool that it cannot use as declared.
   */
  async listHosted(
    caller: Caller,
    hosted: readonly HostedTool[],
    earlier: readonly CallDetail[],
  ): Promise<HostedFunction[]> {
    await this.hosted.check(hosted, caller);
    const listed = hosted.map(async (tool) => {
      const { functions, detail } = await this.hosted.offerOf(tool, caller, earlier);
      return functions.flatMap(({ offer, takesImages }) => {
        const offered = this.policy.offer(caller, offer, 'named');
        if (!offered) return [];
        return [
          { kind: tool.kind, tool: offered, ...(takesImages && { takesImages }), ...(detail && { detail }) },
        ];
      });
    });
    return (await Promise.all(listed)).flat();
  }

  /** The label of calls in metrics. Only built-in tools have their own label, because callers and models can invent any number of names. */
  countedAs(name: string): string {
    if (this.tools.has(name) || this.hosted.names.includes(name)) return name;
    return name.includes(labelSeparator) ? 'outside' : 'unknown';
  }

  /**
   * Runs one call. A failure is a result that the model reads. Throws `cancelled` when the signal aborts and `unavailable` when too many calls
   * run and wait in this process.
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
      // A caller that registered a server and enabled it has chosen its tools, as if by name.
      ...outside.flatMap(({ tool, isOwn }) => this.policy.offer(caller, tool, isOwn ? 'named' : as) ?? []),
    ];
  }

  private async findAndRun(
    call: ToolCall,
    startedAt: number,
    signal: AbortSignal,
  ): Promise<Omit<ToolOutcome, 'durationMs'>> {
    const tool = call.server ? undefined : this.findHere(call);
    if (tool) {
      const offer = this.policy.offer(call.caller, tool.offer, 'named');
      if (!offer) return failure(this.unknownTool(call.caller, call.name));
      return this.run(tool, Math.min(call.timeoutMs, offer.timeoutMs), call, signal);
    }
    const found = await this.findOutside(call, signal);
    if (found instanceof AppError) return failure(found);
    const offer = found && this.policy.offer(call.caller, found.offer, 'named');
    if (!offer) return failure(this.unknownTool(call.caller, call.name));
    // Finding the tool may have opened a connection, which is part of the call's time.
    const leftMs = Math.max(Math.round(call.timeoutMs - (performance.now() - startedAt)), 1);
    return this.run(found, Math.min(leftMs, offer.timeoutMs), call, signal);
  }

  private findHere({ caller, name, hosted }: ToolCall): RegisteredTool | undefined {
    if (!hosted) return this.tools.get(name);
    return this.hosted.functionsOf(hosted, caller).find(({ offer }) => offer.name === name);
  }

  /** Returns an error where the tool's server does not list its tools, null for an unknown tool. Throws `cancelled`. */
  private async findOutside(call: ToolCall, signal: AbortSignal): Promise<RegisteredTool | AppError | null> {
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
    tool: RegisteredTool,
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
      // A tool that ignores its signal keeps its slots until it ends, but its call does not wait for it.
      const running = slots.reduceRight((work, limit) => () => limit(work), start)();
      const returned = await untilAborted(running, stop);
      const { text, images, ...rest } = typeof returned === 'string' ? { text: returned } : returned;
      return {
        output: boundedOutput(text, this.limits.outputBytesMax),
        ...(images?.length && { images }),
        ...rest,
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

  /** The limits of a tool, the narrowest first: a call that waits for a narrow one takes no slot of the wide one yet. */
  private slotsOf({ offer, slots }: RegisteredTool): LimitFunction[] {
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

  /** The same error for an unknown tool and for one that the caller may not use. It lists the caller's tools only. */
  private unknownTool(caller: Caller, name: string): AppError {
    const names = [...this.tools.values()]
      .flatMap(({ offer }) => this.policy.offer(caller, offer, 'named')?.name ?? [])
      .join(', ');
    return new AppError('not_found', `no tool named ${name.slice(0, 64)}; the tools are ${names}`);
  }
}

function failure(error: AppError): Omit<ToolOutcome, 'durationMs'> {
  const shown =
    error.code === 'internal' ? new AppError('internal', 'the tool failed', { cause: error.cause }) : error;
  return {
    output: storableText(shown.message),
    error: shown.toInfo(),
    cause: shown.cause,
  };
}

/** Some models write an empty text for a tool without arguments. */
function parseJson(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid_request', 'the arguments are not valid JSON', { cause });
  }
}
