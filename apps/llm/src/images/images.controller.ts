import { setTimeout as delay } from 'node:timers/promises';
import { AppError, type Caller, type ImagePiece, type InputOf } from '@antiphon/contracts';
import {
  CallerGuard,
  CallerLimits,
  clientGone,
  CurrentCaller,
  LOGGER,
  type Logger,
  Serves,
} from '@antiphon/service-kit';
import { Controller, Inject, Res, type Type, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { encodeChatError } from '../chat/chat-errors.ts';
import { EventBody } from '../chat/event-body.ts';
import { type Config, LLM_CONFIG } from '../config.ts';
import { ModelRouter } from '../routing/model-router.ts';
import { readEditForm } from './edit-form.ts';
import { encodeImages, ImageEvents } from './image-reply.ts';
import { type DecodedImageRequest, decodeImageForm } from './image-request.ts';
import type { ImageRoutes } from './image-routes.ts';

/** OpenAI's images. */
export function imagesControllerFor(routes: ImageRoutes): Type<object> {
  @Controller()
  @UseGuards(CallerGuard)
  class ImagesController {
    constructor(
      private readonly router: ModelRouter,
      private readonly limits: CallerLimits,
      @Inject(LOGGER) private readonly logger: Logger,
      @Inject(LLM_CONFIG) private readonly config: Config,
    ) {}

    @Serves(routes.generate)
    async generate(
      { body }: InputOf<ImageRoutes['generate']>,
      @CurrentCaller() caller: Caller,
      @Res() reply: FastifyReply,
    ): Promise<void> {
      this.limits.holdWhileOpen(caller, 'runs', reply.raw);
      await this.answer(body, caller, reply);
    }

    @Serves(routes.edit)
    async edit(
      { body }: InputOf<ImageRoutes['edit']>,
      @CurrentCaller() caller: Caller,
      @Res() reply: FastifyReply,
    ): Promise<void> {
      this.limits.holdWhileOpen(caller, 'runs', reply.raw);
      const { fields, images, mask } = await readEditForm(body, routes.editBytesMax);
      await this.answer({ ...decodeImageForm(fields, routes.fields), images, mask }, caller, reply);
    }

    private async answer(
      { isStreamed, form, ...request }: DecodedImageRequest,
      caller: Caller,
      reply: FastifyReply,
    ): Promise<void> {
      if (isStreamed) this.limits.holdWhileOpen(caller, 'streams', reply.raw);
      const answer = this.router.makeImages({ ...request, caller }, clientGone(reply.raw));
      const created = Math.floor(Date.now() / 1000);
      const requested = { ...request, form };
      if (isStreamed) {
        await this.sendStream(reply, answer, new ImageEvents(requested, created));
        return;
      }
      const pieces: ImagePiece[] = [];
      for await (const burst of answer) pieces.push(...burst);
      const end = pieces.find((piece) => piece.type === 'end');
      if (end !== undefined) void reply.header('x-model-provider', end.provider);
      await reply.send(encodeImages(pieces, requested, created));
    }

    /** An error before the first piece has its own status. */
    private async sendStream(
      reply: FastifyReply,
      answer: AsyncGenerator<ImagePiece[], undefined>,
      events: ImageEvents,
    ): Promise<void> {
      const first = answer.next();
      await Promise.race([first, delay(this.config.heartbeatMs, undefined, { ref: false })]);
      let next: Promise<IteratorResult<ImagePiece[], undefined>> | null = first;
      const source: AsyncIterator<string, undefined> = {
        next: async () => {
          for (;;) {
            const result = await (next ?? answer.next());
            next = null;
            if (result.done === true) return result;
            const value = events.burst(result.value);
            if (value !== '') return { done: false, value };
          }
        },
        return: async () => {
          await answer.return(undefined);
          return { done: true, value: undefined };
        },
      };
      const lastWords = (thrown: unknown) => {
        const error = AppError.from(thrown);
        if (error.code === 'internal') this.logger.error({ error: error.cause }, 'a stream failed');
        return `event: error\ndata: ${JSON.stringify(encodeChatError(error).body)}\n\n`;
      };
      await reply
        .header('content-type', 'text/event-stream; charset=utf-8')
        .header('cache-control', 'no-cache')
        .header('x-accel-buffering', 'no')
        .send(new EventBody(source, lastWords, this.config.heartbeatMs));
    }
  }
  return ImagesController;
}
