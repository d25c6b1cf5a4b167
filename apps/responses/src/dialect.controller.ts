import type { Caller, DialectName } from '@antiphon/contracts';
import { dialectNamed, type ItemsQuery } from '@antiphon/dialects';
import { CallerGuard, CurrentCaller } from '@antiphon/service-kit';
import {
  Body,
  Controller,
  Delete,
  Get,
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
import { PromptRuns } from './prompts/prompt-runs.ts';
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
      @Inject(PromptRuns) private readonly prompts: PromptRuns,
      @Inject(Replier) private readonly replier: Replier,
    ) {}

    @Post()
    async create(
      @CurrentCaller() caller: Caller,
      @Body() body: unknown,
      @Res() reply: FastifyReply,
    ): Promise<void> {
      const prompt = dialect.readPrompt?.(body) ?? null;
      const { body: whole, outputCheck } = await this.prompts.expand(caller, prompt, body);
      const decoded = dialect.decodeCreate(whole);
      const { reply: mode } = decoded;
      const request = { ...decoded.request, ...(outputCheck && { outputCheck }) };
      await this.replier.send(reply, dialect, mode, (gone) =>
        this.responses.create(caller, request, { willStream: mode === 'stream' }, gone),
      );
    }

    @Get(':id')
    async retrieve(@CurrentCaller() caller: Caller, @Param('id') id: string) {
      return dialect.encodeResponse(await this.responses.retrieve(caller, id));
    }

    @Post(':id/cancel')
    @HttpCode(200)
    async cancel(@CurrentCaller() caller: Caller, @Param('id') id: string) {
      return dialect.encodeResponse(await this.responses.cancel(caller, id));
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
