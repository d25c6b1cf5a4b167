import {
  AppError,
  type CalledServer,
  type Caller,
  JsonObject,
  labelSeparator,
  type ListedTool,
  type ServerListing,
  type ServerTool,
  type ServerToolSelection,
} from '@antiphon/contracts';
import { LOGGER, type Logger } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { MCP_CONFIG } from '../config.ts';
import type { RegisteredTool, ToolContext, ToolOutput } from '../host/tool.ts';
import { resultImages, resultText } from './connection/call-result.ts';
import { type OfferedTools, encodeLeftOut } from './connection/offered-tools.ts';
import { requestServer } from './connection/request-server.ts';
import { ServerDirectory } from './registry/server-directory.ts';
import type { ServerLimits } from './server-limits.ts';
import type { ServerLink } from './connection/server-link.ts';
import { changedTool, ServerPins, type ToolChange } from './registry/server-pins.ts';
import { ServerPool } from './connection/server-pool.ts';
import { unknownServer } from './registry/server.store.ts';
import type { McpServer } from './registry/server.ts';

export interface OutsideOffer {
  tool: ServerTool;
  /** Whether the caller registered its server, and so has chosen its tools. */
  isOwn: boolean;
}

/** The tools of one server, and their differences from the approved ones. */
export interface InspectedTools {
  offered: OfferedTools;
  changes: ToolChange[];
}

type OutsideToolLimits = Pick<ServerLimits, 'listWaitMs' | 'listBytesMax' | 'timeouts'>;

/** The tools of a caller's outside servers. */
@Injectable()
export class OutsideTools {
  private readonly limits: OutsideToolLimits;

  constructor(
    private readonly directory: ServerDirectory,
    private readonly pool: ServerPool,
    private readonly pins: ServerPins,
    @Inject(MCP_CONFIG) { servers }: { servers: { limits: OutsideToolLimits } },
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.limits = servers.limits;
  }

  /** Lists the selected tools of all servers that answer in time, by their names: a server may list its tools in another order each time, and models' caches need the same. */
  async list(caller: Caller, select: ServerToolSelection): Promise<OutsideOffer[]> {
    const labels = select === 'all' ? null : new Set(select.map(labelOf).filter((label) => label !== null));
    if (labels?.size === 0) return [];
    const servers = (await this.directory.listAvailable(caller)).filter(
      (server) => server.isEnabled && (labels === null || labels.has(server.label)),
    );
    const wait = AbortSignal.timeout(this.limits.listWaitMs);
    const lists = await Promise.all(servers.map((server) => this.listOrNone(server, labels !== null, wait)));
    const selected = lists
      .flat()
      .filter(({ tool }) => select === 'all' || select.includes(tool.name))
      .sort((a, b) => (a.tool.name < b.tool.name ? -1 : 1));
    return this.bounded(caller, selected);
  }

  /** Lists the allowed tools of one server, and those left out with the reasons. Throws an AppError where the server does not list them. */
  async listServer(caller: Caller, called: CalledServer): Promise<ServerListing> {
    const { listWaitMs, listBytesMax } = this.limits;
    const wait = AbortSignal.timeout(listWaitMs);
    const server = await this.named(caller, called);
    try {
      const { offered, changes } = await this.inspect(server, wait);
      const allowed = approvedTools(offered, changes).filter((tool) => isAllowed(called, tool));
      const fitting = this.bounded(caller, allowed);
      return {
        tools: fitting,
        leftOut: [
          ...offered.leftOut
            .filter((tool) => !tool.isByChoice && isNamed(called, tool.name))
            .map(encodeLeftOut),
          ...changes
            .filter(({ name }) => offered.digests.has(name) && isNamed(called, name))
            .map((change) => ({ name: change.name, reason: changedTool(server, change).message })),
          ...allowed
            .filter((tool) => !fitting.includes(tool))
            .map(({ name }) => ({ name, reason: `the list would have more than ${listBytesMax} bytes` })),
        ],
      };
    } catch (error) {
      if (!wait.aborted) throw error;
      throw new AppError('unavailable', `The server did not list its tools within ${listWaitMs / 1000} s.`);
    }
  }

  /**
   * The tool of this name: of the given server, else of the registered server whose label the name begins with. Null without one. Throws an
   * AppError where the server does not list its tools, and `forbidden` for a tool of a pinned server that changed.
   */
  async find(
    caller: Caller,
    { name, server: called }: { name: string; server?: CalledServer | undefined },
    signal: AbortSignal,
  ): Promise<RegisteredTool | null> {
    const server = called ? await this.named(caller, called) : await this.registered(caller, labelOf(name));
    if (!server) return null;
    const link = this.pool.linkTo(server);
    const offered = await link.listTools(signal);
    const found = offered.tools.get(name);
    if (!found || (called && !isAllowed(called, found))) return null;
    const changes = await this.pins.changesOf(server, offered);
    const change = changes.find((changed) => changed.name === found.name);
    if (change) throw changedTool(server, change);
    return {
      offer: found.tool,
      slots: link.slotsOf(found.name),
      run: (args, context, stop) => run(link, found, args, context, stop),
    };
  }

  /** Lists a server's tools, those left out with the reasons, and those that its owner has not approved. Throws an AppError where the server does not list them. */
  async inspect(server: McpServer, signal: AbortSignal): Promise<InspectedTools> {
    const offered = await this.pool.linkTo(server).listTools(signal);
    return { offered, changes: await this.pins.changesOf(server, offered) };
  }

  /**
   * Approves the present tools of a pinned server. With a digest, only if it matches the tools: the server may have changed them since their
   * owner read them. Throws `conflict` where they changed, and an AppError where the server does not list them.
   */
  async confirm(server: McpServer, digest: string | null, signal: AbortSignal): Promise<InspectedTools> {
    let offered = await this.pool.linkTo(server).listTools(signal);
    if (digest !== null && offered.digest !== digest) {
      // The list of this process may be older.
      this.pool.forget(server);
      offered = await this.pool.linkTo(server).listTools(signal);
    }
    if (digest !== null && offered.digest !== digest)
      throw new AppError('conflict', 'The tools are not those of this digest: read them again.', {
        param: 'digest',
      });
    await this.pins.approve(server, offered);
    return { offered, changes: [] };
  }

  private async named(caller: Caller, called: CalledServer): Promise<McpServer> {
    const { label, access } = called;
    if (access) return requestServer(caller, { ...called, access }, this.limits.timeouts);
    const server = await this.registered(caller, label);
    if (!server) throw unknownServer(label);
    return server;
  }

  private async registered(caller: Caller, label: string | null): Promise<McpServer | null> {
    if (label === null) return null;
    const servers = await this.directory.listAvailable(caller);
    return servers.find((server) => server.label === label && server.isEnabled) ?? null;
  }

  private async listOrNone(
    server: McpServer,
    isNamed: boolean,
    signal: AbortSignal,
  ): Promise<OutsideOffer[]> {
    try {
      const link = this.pool.linkTo(server);
      link.touch();
      // The link retries a failed server by itself, so that lists of all tools do not wait for it each time.
      if (!isNamed && link.state.status === 'failing') return [];
      const { offered, changes } = await this.inspect(server, signal);
      return approvedTools(offered, changes).map(({ tool }) => ({ tool, isOwn: server.ownerId !== null }));
    } catch (error) {
      // The link has logged the failure.
      const { label, ownerId } = server;
      this.logger.debug({ label, ownerId, error: AppError.from(error).message }, 'an MCP server is left out');
      return [];
    }
  }

  /** Keeps the tools that fit into one message of the bus. */
  private bounded<Offer extends Pick<OutsideOffer, 'tool'>>(caller: Caller, offers: Offer[]): Offer[] {
    let bytes = 0;
    const fitting = offers.filter(({ tool }) => {
      const size = Buffer.byteLength(JSON.stringify(tool));
      if (bytes + size > this.limits.listBytesMax) return false;
      bytes += size;
      return true;
    });
    const leftOut = offers.length - fitting.length;
    if (leftOut > 0) this.logger.warn({ userId: caller.userId, leftOut }, 'too many tools of MCP servers');
    return fitting;
  }
}

async function run(
  link: ServerLink,
  { name }: ListedTool,
  args: unknown,
  { idempotencyKey, onProgress }: ToolContext,
  signal: AbortSignal,
): Promise<ToolOutput> {
  const { success, data } = JsonObject.safeParse(args);
  if (!success) throw new AppError('invalid_request', 'the arguments do not fit: expected object');
  const result = await link.call({ name, arguments: data, idempotencyKey, onProgress }, signal);
  return { text: resultText(result), images: resultImages(result) };
}

/** The tools that a model may be offered. */
function approvedTools({ tools }: OfferedTools, changes: readonly ToolChange[]): ListedTool[] {
  const changed = new Set(changes.map(({ name }) => name));
  return [...tools.values()].filter(({ name }) => !changed.has(name));
}

function isAllowed(called: CalledServer, { name, tool }: ListedTool): boolean {
  const readOnly = called.allowed?.readOnly ?? null;
  return (readOnly === null || tool.annotations.readOnly === readOnly) && isNamed(called, name);
}

function isNamed({ allowed }: CalledServer, name: string): boolean {
  return !allowed?.names || allowed.names.includes(name);
}

/** The label that a tool's name begins with; null for a built-in tool. */
/** The label of the server that has a tool of this name; null for a built-in tool. */
export function labelOf(name: string): string | null {
  const end = name.indexOf(labelSeparator);
  return end > 0 ? name.slice(0, end) : null;
}
