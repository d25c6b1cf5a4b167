import type { Caller } from '@antiphon/contracts';
import {
  decodeCompact,
  decodeCount,
  decodeListQuery,
  dialectNamed,
  encodeCompacted,
  encodeCount,
  encodeResponseList,
  type UrlQuery,
} from '@antiphon/dialects';
import { CallerGuard, CallerLimits, clientGone, CurrentCaller } from '@antiphon/service-kit';
import { Body, Controller, Get, HttpCode, Post, Query, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CompactionService } from './compaction.service.ts';
import { PromptRuns } from '../prompts/prompt-runs.ts';
import { ResponsesService } from '../responses/responses.service.ts';

/** What the openai dialect has below its responses that no other dialect has. */
@Controller('v1/responses')
@UseGuards(CallerGuard)
export class ContextsController {
  constructor(
    private readonly responses: ResponsesService,
    private readonly contexts: CompactionService,
    private readonly prompts: PromptRuns,
    private readonly limits: CallerLimits,
  ) {}

  @Get()
  async list(@CurrentCaller() caller: Caller, @Query() query: UrlQuery) {
    const { responses, hasMore } = await this.responses.list(caller, decodeListQuery(query));
    return encodeResponseList(responses, { hasMore });
  }

  @Post('input_tokens')
  @HttpCode(200)
  async count(
    @CurrentCaller() caller: Caller,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    this.limits.holdWhileOpen(caller, 'runs', reply.raw);
    const prompt = dialectNamed('openai').readPrompt?.(body ?? {}) ?? null;
    const gone = clientGone(reply.raw);
    const { body: whole } = await this.prompts.expand(caller, prompt, body, gone);
    return encodeCount(await this.contexts.count(caller, decodeCount(whole), gone));
  }

  @Post('compact')
  @HttpCode(200)
  async compact(
    @CurrentCaller() caller: Caller,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    this.limits.holdWhileOpen(caller, 'runs', reply.raw);
    return encodeCompacted(await this.contexts.compact(caller, decodeCompact(body), clientGone(reply.raw)));
  }
}
