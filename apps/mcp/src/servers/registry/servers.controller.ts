import { AppError, type Caller } from '@antiphon/contracts';
import { CallerGuard, CurrentCaller } from '@antiphon/service-kit';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  UseGuards,
} from '@nestjs/common';
import { z } from 'zod';
import { type InspectedTools, OutsideTools } from '../outside-tools.ts';
import { decodeChange, serverBodies, withDefaults } from './server-body.ts';
import { ServerDirectory } from './server-directory.ts';
import { ServerPins } from './server-pins.ts';
import { ServerPool } from '../connection/server-pool.ts';
import { encodeServer, encodeTools } from './server-wire.ts';
import type { McpServer } from './server.ts';

/** Nest's token for the schemas of the bodies, which depend on the limits. */
export const SERVER_BODIES = Symbol('server bodies');

/** Reads a missing body as an empty object. */
const AnyBody = z.unknown().transform((body) => body ?? {});

const Confirmation = z.strictObject({ digest: z.string().max(128).optional() });

/** Registers, changes and shows outside MCP servers. */
@Controller('v1/mcp/servers')
@UseGuards(CallerGuard)
export class ServersController {
  constructor(
    private readonly directory: ServerDirectory,
    private readonly tools: OutsideTools,
    private readonly pool: ServerPool,
    private readonly pins: ServerPins,
    @Inject(SERVER_BODIES) private readonly bodies: ReturnType<typeof serverBodies>,
  ) {}

  @Post()
  async add(@CurrentCaller() caller: Caller, @Body() body: unknown) {
    const NewServer = this.bodies.New.extend({ shared: z.boolean().default(false) });
    const { label, shared, url, ...rest } = NewServer.parse(AnyBody.parse(body));
    const settings = withDefaults({ ...decodeChange(rest), url });
    return this.encode(caller, await this.directory.add(caller, { label, settings, isForAll: shared }));
  }

  @Get()
  async list(@CurrentCaller() caller: Caller) {
    const servers = await this.directory.list(caller);
    const data = await Promise.all(servers.map((server) => this.encode(caller, server)));
    return { object: 'list', data, has_more: false };
  }

  @Get(':label')
  async get(@CurrentCaller() caller: Caller, @Param('label') label: string) {
    return this.encode(caller, await this.directory.find(caller, label));
  }

  @Patch(':label')
  async change(@CurrentCaller() caller: Caller, @Param('label') label: string, @Body() body: unknown) {
    const change = decodeChange(this.bodies.Change.parse(AnyBody.parse(body)));
    return this.encode(caller, await this.directory.change(caller, label, change));
  }

  @Delete(':label')
  @HttpCode(204)
  async remove(@CurrentCaller() caller: Caller, @Param('label') label: string): Promise<void> {
    await this.directory.remove(caller, label);
  }

  /** The server's tools and those left out; the reason where it cannot be asked. */
  @Get(':label/tools')
  async listTools(@CurrentCaller() caller: Caller, @Param('label') label: string) {
    const server = await this.directory.find(caller, label);
    return encodeTools(server, await this.inspect(server));
  }

  /** Approves the present tools of a pinned server; with a digest, only if they are still those of the digest. */
  @Post(':label/confirm')
  @HttpCode(200)
  async confirm(@CurrentCaller() caller: Caller, @Param('label') label: string, @Body() body: unknown) {
    const { digest = null } = Confirmation.parse(AnyBody.parse(body));
    const server = await this.directory.findConfirmable(caller, label);
    if (!server.isPinned)
      throw new AppError('conflict', 'The MCP server is not pinned: its tools need no confirmation.');
    if (!server.isEnabled) throw new AppError('conflict', 'The MCP server is not enabled.');
    const { connectMs, listMs } = server.timeouts;
    const signal = AbortSignal.timeout(2 * (connectMs + listMs));
    return encodeTools(server, await this.tools.confirm(server, digest, signal));
  }

  private async inspect(server: McpServer): Promise<InspectedTools | AppError> {
    if (!server.isEnabled) return new AppError('conflict', 'The MCP server is not enabled.');
    const { connectMs, listMs } = server.timeouts;
    try {
      return await this.tools.inspect(server, AbortSignal.timeout(connectMs + listMs));
    } catch (error) {
      return AppError.from(error);
    }
  }

  private async encode(caller: Caller, server: McpServer) {
    const state = this.pool.stateOf(server);
    const changes =
      server.isPinned && state.offered ? await this.pins.changesOf(server, state.offered) : null;
    return encodeServer(caller, server, { state, changes });
  }
}
