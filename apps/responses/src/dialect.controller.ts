import type { Caller, DialectName } from '@antiphon/contracts';
import { dialectNamed, type ItemsQuery } from '@antiphon/dialects';
import { CallerGuard, CurrentCaller, traceOf } from '@antiphon/service-kit';
import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Res,
  type Type,
  UseGuards,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { readIdempotencyKey } from './idempotency-key.ts';
import { Replier } from './reply.ts';
import { ResponsesService } from './responses.service.ts';

/** The routes of the Responses API below `base`, in the words of one dialect. */
export function controllerFor(name: DialectName, base: string): Type<object> {
  const dialect = dialectNamed(name);

  @Controller(base)
  @UseGuards(CallerGuard)
  class DialectController {
    constructor(
      @Inject(ResponsesService) private readonly responses: ResponsesService,
      @Inject(Replier) private readonly replier: Replier,
    ) {}

    @Post()
    async create(
      @CurrentCaller() caller: Caller,
      @Body() body: unknown,
      @Headers('accept') accept: string | undefined,
      @Headers('idempotency-key') keyHeader: string | undefined,
      @Res() reply: FastifyReply,
    ): Promise<void> {
      const decoded = dialect.decodeCreate(body, { accept });
      const key = readIdempotencyKey(keyHeader, { path: base, body });
      // What a key gives again does not change: trying once more is in vain.
      const onReplay = () => {
        reply.headers({ 'idempotent-replayed': 'true', 'x-should-retry': 'false' });
      };
      await this.replier.send(reply, dialect, decoded.reply, (gone) =>
        'decisions' in decoded
          ? this.responses.decidePaused(caller, decoded.of, decoded.decisions, gone)
          : this.responses.create(
              caller,
              decoded.request,
              {
                willStream: decoded.reply !== 'json',
                conversation: decoded.conversation,
                begun: decoded.begun,
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
      @CurrentCaller() caller: Caller,
      @Param('id') id: string,
      @Query() query: unknown,
      @Res() reply: FastifyReply,
    ): Promise<void> {
      const mode = dialect.decodeRetrieve?.(query) ?? { reply: 'json' };
      if (mode.reply === 'json')
        await reply.send(dialect.encodeResponse(await this.responses.retrieve(caller, id)));
      else
        await this.replier.resume(reply, dialect, mode.startingAfter, (gone) =>
          this.responses.follow(caller, id, gone),
        );
    }

    @Post(':id/cancel')
    @HttpCode(200)
    async cancel(@CurrentCaller() caller: Caller, @Param('id') id: string) {
      const outcome = await this.responses.cancel(caller, id);
      return dialect.encodeCancelled?.(outcome) ?? dialect.encodeResponse(outcome.response);
    }

    @Delete(':id')
    async delete(
      @CurrentCaller() caller: Caller,
      @Param('id') id: string,
      @Res() reply: FastifyReply,
    ): Promise<void> {
      await this.responses.delete(caller, id);
      const { status, body } = dialect.encodeDeleted(id);
      await reply.status(status).send(body);
    }

    @Get(':id/input_items')
    async inputItems(@CurrentCaller() caller: Caller, @Param('id') id: string, @Query() query: ItemsQuery) {
      return dialect.encodeInputItems(await this.responses.inputItems(caller, id), query);
    }
  }

  return DialectController;
}
