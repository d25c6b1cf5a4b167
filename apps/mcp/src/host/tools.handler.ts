import { toolsCall, toolsList, toolsListServer } from '@antiphon/contracts';
import { Answers, type RequestContext } from '@antiphon/service-kit';
import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { ToolRunner } from './tool-runner.ts';

/** Lists and calls tools for the other services. */
@Controller()
export class ToolsHandler {
  constructor(private readonly runner: ToolRunner) {}

  @Answers(toolsList)
  async list({
    caller,
    select,
  }: z.infer<typeof toolsList.request>): Promise<z.infer<typeof toolsList.reply>> {
    return { tools: await this.runner.list(caller, select) };
  }

  @Answers(toolsListServer)
  listServer({
    caller,
    server,
  }: z.infer<typeof toolsListServer.request>): Promise<z.infer<typeof toolsListServer.reply>> {
    return this.runner.listServer(caller, server);
  }

  @Answers(toolsCall)
  call(
    call: z.infer<typeof toolsCall.request>,
    { signal, trace }: RequestContext,
  ): Promise<z.infer<typeof toolsCall.reply>> {
    return this.runner.call(call, signal, trace);
  }
}
