import {
  AppError,
  type Caller,
  JsonObject,
  type ServerTool,
  type ServerToolSelection,
} from '@antiphon/contracts';
import type { Logger } from '@antiphon/service-kit';
import type { HostedTool, ToolContext } from '../tool.ts';
import { resultText } from './call-result.ts';
import type { OfferedTool, OfferedTools } from './offered-tools.ts';
import type { ServerDirectory } from './server-directory.ts';
import type { ServerLimits } from './server-limits.ts';
import type { ServerLink } from './server-link.ts';
import type { ServerPool } from './server-pool.ts';
import { labelSeparator, type McpServer } from './server.ts';

export interface OutsideOffer {
  tool: ServerTool;
  /** Whether the caller registered its server, and so has chosen it. */
  isOwn: boolean;
}

/** The tools of a caller's outside servers. */
export class OutsideTools {
  constructor(
    private readonly directory: ServerDirectory,
    private readonly pool: ServerPool,
    private readonly limits: Pick<ServerLimits, 'listWaitMs' | 'listBytesMax'>,
    private readonly logger: Logger,
  ) {}

  /** Those of each server that answers in time; the others are left out. */
  async list(caller: Caller, select: ServerToolSelection): Promise<OutsideOffer[]> {
    const labels = select === 'all' ? null : new Set(select.map(labelOf).filter((label) => label !== null));
    if (labels?.size === 0) return [];
    const servers = (await this.directory.listAvailable(caller)).filter(
      (server) => server.isEnabled && (labels === null || labels.has(server.label)),
    );
    const wait = AbortSignal.timeout(this.limits.listWaitMs);
    const lists = await Promise.all(servers.map((server) => this.listOrNone(server, wait)));
    const selected = lists.flat().filter(({ tool }) => select === 'all' || select.includes(tool.name));
    return this.bounded(caller, selected);
  }

  /** Null where no enabled server of this caller offers a tool of this name. Throws what keeps the server from being asked. */
  async find(caller: Caller, name: string, signal: AbortSignal): Promise<HostedTool | null> {
    const label = labelOf(name);
    if (label === null) return null;
    const server = (await this.directory.listAvailable(caller)).find(
      (candidate) => candidate.label === label,
    );
    if (!server?.isEnabled) return null;
    const link = this.pool.linkTo(server);
    const tool = (await link.listTools(signal)).tools.get(name);
    return tool
      ? { offer: tool.offer, run: (args, context, stop) => run(link, tool, args, context, stop) }
      : null;
  }

  /** What one server offers, and what not and why. Throws what keeps it from being asked. */
  async inspect(server: McpServer, signal: AbortSignal): Promise<OfferedTools> {
    return this.pool.linkTo(server).listTools(signal);
  }

  private async listOrNone(server: McpServer, signal: AbortSignal): Promise<OutsideOffer[]> {
    try {
      const { tools } = await this.inspect(server, signal);
      return [...tools.values()].map(({ offer }) => ({ tool: offer, isOwn: server.ownerId !== null }));
    } catch (error) {
      // A failure of the server is logged where it happens, once.
      const { label, ownerId } = server;
      this.logger.debug({ label, ownerId, error: AppError.from(error).message }, 'an MCP server is left out');
      return [];
    }
  }

  /** The answer must fit into one message of the bus. */
  private bounded(caller: Caller, offers: OutsideOffer[]): OutsideOffer[] {
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
  { name }: OfferedTool,
  args: unknown,
  { idempotencyKey, onProgress }: ToolContext,
  signal: AbortSignal,
): Promise<string> {
  const { success, data } = JsonObject.safeParse(args);
  if (!success) throw new AppError('invalid_request', 'the arguments do not fit: expected object');
  return resultText(await link.call({ name, arguments: data, idempotencyKey, onProgress }, signal));
}

/** The label that a tool's name begins with; null for a tool of ours. */
function labelOf(name: string): string | null {
  const end = name.indexOf(labelSeparator);
  return end > 0 ? name.slice(0, end) : null;
}
