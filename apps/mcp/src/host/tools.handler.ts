import { toolsCall, toolsList, toolsListServer } from '@antiphon/contracts';
import { RpcBus } from '@antiphon/service-kit';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ToolRunner } from './tool-runner.ts';

/** The tools over the bus. */
@Injectable()
export class ToolsHandler implements OnModuleInit {
  constructor(
    private readonly bus: RpcBus,
    private readonly runner: ToolRunner,
  ) {}

  onModuleInit(): void {
    this.bus.handle(toolsList, async ({ caller, select }) => ({
      tools: await this.runner.list(caller, select),
    }));
    this.bus.handle(toolsListServer, ({ caller, server }) => this.runner.listServer(caller, server));
    this.bus.handle(toolsCall, (call, signal, trace) => this.runner.call(call, signal, trace));
  }
}
