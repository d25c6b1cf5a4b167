import type { Caller, InputOf } from '@antiphon/contracts';
import { encodeCompacted, encodeCount, openaiRoutes } from '@antiphon/dialects';
import { CallerGuard, CallerLimits, clientGone, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CompactionService } from './compaction.service.ts';
import { PromptRuns } from '../prompts/prompt-runs.ts';

const routes = openaiRoutes.contexts;

/** Counts the tokens of a context, and compacts it. */
@Controller()
@UseGuards(CallerGuard)
export class CompactionController {
  constructor(
    private readonly contexts: CompactionService,
    private readonly prompts: PromptRuns,
    private readonly limits: CallerLimits,
  ) {}

  @Serves(routes.countInputTokens)
  async count(
    { body }: InputOf<typeof routes.countInputTokens>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    this.limits.holdWhileOpen(caller, 'runs', reply.raw);
    const gone = clientGone(reply.raw);
    const { decoded } = await this.prompts.complete(caller, body, gone);
    return encodeCount(await this.contexts.count(caller, decoded, gone));
  }

  @Serves(routes.compactContext)
  async compact(
    { body }: InputOf<typeof routes.compactContext>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    this.limits.holdWhileOpen(caller, 'runs', reply.raw);
    return encodeCompacted(await this.contexts.compact(caller, body, clientGone(reply.raw)));
  }
}
