import type { Caller, DialectName } from '@antiphon/contracts';
import type { Dialect, ItemsQuery } from '@antiphon/dialects';
import { RunEvents } from '@antiphon/runtime';
import { CallerGuard, clientGone, CurrentCaller, traceOf } from '@antiphon/service-kit';
import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Query,
  Res,
  type Type,
  UseGuards,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { readIdempotencyKey } from './idempotency-key.ts';
import { PromptRuns } from '../prompts/prompt-runs.ts';
import { Replier } from './reply.ts';
import { CreateService } from '../create/create.service.ts';
import { DecisionsService } from '../responses/decisions.service.ts';
import { ResponsesService } from '../responses/responses.service.ts';
import { Spoken } from './spoken-dialect.ts';

/** The routes of the Responses API below `base`, in the words of one dialect, or of those that a request asks for by `profiles`. */
export function controllerFor(
  name: DialectName,
  base: string,
  { profiles = [] }: { profiles?: readonly DialectName[] } = {},
): Type<object> {
  const here = { name, profiles };

  @Controller(base)
  @UseGuards(CallerGuard)
  class DialectController {
    constructor(
      private readonly creates: CreateService,
      private readonly decisions: DecisionsService,
      private readonly responses: ResponsesService,
      private readonly runEvents: RunEvents,
      private readonly prompts: PromptRuns,
      private readonly replier: Replier,
    ) {}

    @Post()
    async create(
      @Spoken(here) dialect: Dialect,
      @CurrentCaller() caller: Caller,
      @Body() body: unknown,
      @Headers('accept') accept: string | undefined,
      @Headers('idempotency-key') keyHeader: string | undefined,
      @Res() reply: FastifyReply,
    ): Promise<void> {
      const prompt = dialect.readPrompt?.(body) ?? null;
      const { body: whole, outputCheck } = await this.prompts.expand(
        caller,
        prompt,
        body,
        clientGone(reply.raw),
      );
      const decoded = dialect.decodeCreate(whole, { accept });
      const key = readIdempotencyKey(keyHeader, { path: base, body });
      // What a key gives again does not change: trying once more is in vain.
      const onReplay = () => {
        reply.headers({ 'idempotent-replayed': 'true', 'x-should-retry': 'false' });
      };
      await this.replier.send(reply, dialect, decoded.reply, (gone, takeBack) =>
        'decisions' in decoded
          ? this.decisions.decide(caller, decoded, gone, takeBack)
          : this.creates.create(
              caller,
              { ...decoded.request, ...(outputCheck && { outputCheck }) },
              {
                willStream: decoded.reply !== 'json',
                takeBack,
                conversation: decoded.conversation,
                refusesWhilePaused: decoded.refusesWhilePaused,
                begun: decoded.begun,
                mayReuse: decoded.mayReuse,
                trace: traceOf(reply.request),
                key,
                onReplay,
              },
              gone,
            ),
      );
    }

    @Get(':id')
    async retrieve(
      @Spoken(here) dialect: Dialect,
      @CurrentCaller() caller: Caller,
      @Param('id') id: string,
      @Query() query: unknown,
      @Res() reply: FastifyReply,
    ): Promise<void> {
      const mode = dialect.decodeRetrieve?.(query) ?? { reply: 'json' };
      if (mode.reply === 'stream')
        return this.replier.resume(reply, dialect, mode.startingAfter, (gone) =>
          this.runEvents.follow(caller, id, gone),
        );
      if (mode.waitMs) this.replier.hold(reply, 'streams');
      const response = mode.waitMs
        ? await this.responses.awaitEnd(caller, id, mode.waitMs, clientGone(reply.raw))
        : await this.responses.retrieve(caller, id);
      await reply.headers(dialect.responseHeaders?.(response) ?? {}).send(dialect.encodeResponse(response));
    }

    @Post(':id/cancel')
    @HttpCode(200)
    async cancel(
      @Spoken(here) dialect: Dialect,
      @CurrentCaller() caller: Caller,
      @Param('id') id: string,
      @Res({ passthrough: true }) reply: FastifyReply,
    ) {
      const outcome = await this.responses.cancel(caller, id);
      reply.headers(dialect.responseHeaders?.(outcome.response) ?? {});
      return dialect.encodeCancelled?.(outcome) ?? dialect.encodeResponse(outcome.response);
    }

    @Delete(':id')
    async delete(
      @Spoken(here) dialect: Dialect,
      @CurrentCaller() caller: Caller,
      @Param('id') id: string,
      @Res() reply: FastifyReply,
    ): Promise<void> {
      await this.responses.delete(caller, id);
      const { status, body } = dialect.encodeDeleted(id);
      await reply.status(status).send(body);
    }

    @Get(':id/input_items')
    async inputItems(
      @Spoken(here) dialect: Dialect,
      @CurrentCaller() caller: Caller,
      @Param('id') id: string,
      @Query() query: ItemsQuery,
    ) {
      return dialect.encodeInputItems(await this.responses.inputItems(caller, id), query);
    }
  }

  return DialectController;
}
