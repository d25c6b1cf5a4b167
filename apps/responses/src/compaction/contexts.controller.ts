import type { Caller, InputOf } from '@antiphon/contracts';
import {
  decodeCompact,
  decodeCount,
  decodeListQuery,
  dialectNamed,
  encodeCompacted,
  encodeCount,
  encodeResponseList,
  openaiRoutes,
  type UrlQuery,
} from '@antiphon/dialects';
import { CallerGuard, CallerLimits, clientGone, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CompactionService } from './compaction.service.ts';
import { PromptRuns } from '../prompts/prompt-runs.ts';
import { ResponsesService } from '../responses/responses.service.ts';

const routes = openaiRoutes.contexts;

/** The routes below the responses that only the openai dialect has. */
@Controller()
@UseGuards(CallerGuard)
export class ContextsController {
  constructor(
    private readonly responses: ResponsesService,
    private readonly contexts: CompactionService,
    private readonly prompts: PromptRuns,
    private readonly limits: CallerLimits,
  ) {}

  @Serves(routes.listResponses)
  async list({ query }: InputOf<typeof routes.listResponses>, @CurrentCaller() caller: Caller) {
    const filter = decodeListQuery(query as UrlQuery); // the parsed query of every URL
    const { responses, hasMore } = await this.responses.list(caller, filter);
    return encodeResponseList(responses, { hasMore });
  }

  @Serves(routes.countInputTokens)
  async count(
    { body }: InputOf<typeof routes.countInputTokens>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    this.limits.holdWhileOpen(caller, 'runs', reply.raw);
    const prompt = dialectNamed('openai').readPrompt?.(body) ?? null;
    const gone = clientGone(reply.raw);
    const { body: whole } = await this.prompts.expand(caller, prompt, body, gone);
    return encodeCount(await this.contexts.count(caller, decodeCount(whole), gone));
  }

  @Serves(routes.compactContext)
  async compact(
    { body }: InputOf<typeof routes.compactContext>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    this.limits.holdWhileOpen(caller, 'runs', reply.raw);
    return encodeCompacted(await this.contexts.compact(caller, decodeCompact(body), clientGone(reply.raw)));
  }
}
