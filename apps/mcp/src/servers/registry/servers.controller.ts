import { AppError, type Caller, type InputOf } from '@antiphon/contracts';
import { CallerGuard, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, type Type, UseGuards } from '@nestjs/common';
import { type InspectedTools, OutsideTools } from '../outside-tools.ts';
import { ServerDirectory } from './server-directory.ts';
import { ServerPins } from './server-pins.ts';
import { ServerPool } from '../connection/server-pool.ts';
import type { ServerRoutes } from './routes.ts';
import { encodeServer, encodeTools } from './server-wire.ts';
import type { McpServer } from './server.ts';

type OfServer = InputOf<ServerRoutes['retrieve']>;

/** Registers, changes and shows outside MCP servers. */
export function serversControllerFor(routes: ServerRoutes): Type<object> {
  @Controller()
  @UseGuards(CallerGuard)
  class ServersController {
    constructor(
      private readonly directory: ServerDirectory,
      private readonly tools: OutsideTools,
      private readonly pool: ServerPool,
      private readonly pins: ServerPins,
    ) {}

    @Serves(routes.create)
    async add({ body }: InputOf<ServerRoutes['create']>, @CurrentCaller() caller: Caller) {
      return this.encode(caller, await this.directory.add(caller, body));
    }

    @Serves(routes.list)
    async list(_input: InputOf<ServerRoutes['list']>, @CurrentCaller() caller: Caller) {
      const servers = await this.directory.list(caller);
      const data = await Promise.all(servers.map((server) => this.encode(caller, server)));
      return { object: 'list' as const, data, has_more: false as const };
    }

    @Serves(routes.retrieve)
    async get({ params: { label } }: OfServer, @CurrentCaller() caller: Caller) {
      return this.encode(caller, await this.directory.find(caller, label));
    }

    @Serves(routes.change)
    async change(
      { params: { label }, body }: InputOf<ServerRoutes['change']>,
      @CurrentCaller() caller: Caller,
    ) {
      return this.encode(caller, await this.directory.change(caller, label, body));
    }

    @Serves(routes.remove)
    async remove({ params: { label } }: OfServer, @CurrentCaller() caller: Caller): Promise<void> {
      await this.directory.remove(caller, label);
    }

    @Serves(routes.listTools)
    async listTools({ params: { label } }: OfServer, @CurrentCaller() caller: Caller) {
      const server = await this.directory.find(caller, label);
      return encodeTools(server, await this.inspect(server));
    }

    @Serves(routes.confirm)
    async confirm(
      { params: { label }, body }: InputOf<ServerRoutes['confirm']>,
      @CurrentCaller() caller: Caller,
    ) {
      const { digest = null } = body;
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
  return ServersController;
}
