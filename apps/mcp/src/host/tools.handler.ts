import { WakeUp } from '@antiphon/async';
import {
  type CallDetail,
  type HostedCallChunk,
  toolsCall,
  toolsCallHosted,
  toolsList,
  toolsListHosted,
  toolsListServer,
  type ToolResult,
} from '@antiphon/contracts';
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

  @Answers(toolsListHosted)
  async listHosted({
    caller,
    hosted,
    earlier = [],
  }: z.infer<typeof toolsListHosted.request>): Promise<z.infer<typeof toolsListHosted.reply>> {
    return { functions: await this.runner.listHosted(caller, hosted, earlier) };
  }

  @Answers(toolsCallHosted)
  async *callHosted(
    call: z.infer<typeof toolsCallHosted.request>,
    { signal, trace }: RequestContext,
  ): AsyncGenerator<HostedCallChunk, void> {
    const reported: CallDetail[] = [];
    const wake = new WakeUp();
    const onDetail = (detail: CallDetail) => {
      reported.push(detail);
      wake.ring();
    };
    let result: ToolResult | undefined;
    const running = this.runner
      .call({ ...call, onDetail }, signal, trace)
      .then((returned) => void (result = returned))
      .finally(() => wake.ring());
    // The error is thrown below, after what the call reported before it.
    let hasFailed = false;
    running.catch(() => (hasFailed = true));
    while (result === undefined && !hasFailed) {
      await wake.next(Infinity);
      for (let detail = reported.shift(); detail; detail = reported.shift()) yield { progress: detail };
    }
    await running;
    if (result) yield { result };
  }
}
