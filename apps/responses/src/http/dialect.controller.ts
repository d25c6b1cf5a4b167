import type { Caller, InputOf } from '@antiphon/contracts';
import type { ResponseRoutes } from '@antiphon/dialects';
import { RunEvents } from '@antiphon/runtime';
import { CallerGuard, clientGone, CurrentCaller, Serves, traceOf } from '@antiphon/service-kit';
import { Controller, Res, type Type, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { answeredBy } from './answered-by.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { PromptRuns } from '../prompts/prompt-runs.ts';
import { Replier } from './reply.ts';
import { CreateService } from '../create/create.service.ts';
import { DecisionsService } from '../responses/decisions.service.ts';
import { ResponsesService } from '../responses/responses.service.ts';

type OfResponse = InputOf<ResponseRoutes['cancel']>;

/** The routes of the Responses API in one dialect, or in the one that a request chooses. */
export function controllerFor(routes: ResponseRoutes): Type<object> {
  // The hash of a keyed request has the path without its slash.
  const keyedPath = routes.create.path.slice(1);

  @Controller()
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

    @Serves(routes.create)
    async create(
      { headers: { dialect, idempotencyKey }, body: asked }: InputOf<ResponseRoutes['create']>,
      @CurrentCaller() caller: Caller,
      @Res() reply: FastifyReply,
    ): Promise<void> {
      const { decoded, outputCheck } = await this.prompts.complete(caller, asked, clientGone(reply.raw));
      const key =
        idempotencyKey === null
          ? null
          : idempotencyKeyOf(idempotencyKey, { path: keyedPath, body: asked.body });
      // The stored answer of a key does not change, so a retry would get the same one.
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

    @Serves(routes.retrieve)
    async retrieve(
      { params: { id }, headers: { dialect }, query: mode }: InputOf<ResponseRoutes['retrieve']>,
      @CurrentCaller() caller: Caller,
      @Res() reply: FastifyReply,
    ): Promise<void> {
      if (mode.reply !== 'json') {
        const { needsLog = false } = mode;
        return this.replier.resume(reply, dialect, mode, (gone) =>
          this.runEvents.follow(caller, id, gone, { needsLog }),
        );
      }
      if (mode.waitMs) this.replier.hold(reply, 'streams');
      const response = mode.waitMs
        ? await this.responses.awaitEnd(caller, id, mode.waitMs, clientGone(reply.raw))
        : await this.responses.retrieve(caller, id);
      const include = [...(response.include ?? []), ...(mode.include ?? [])];
      const shown = include.length > 0 ? { ...response, include } : response;
      await reply
        .headers({ ...answeredBy(response), ...dialect.responseHeaders?.(response) })
        .send(dialect.encodeResponse(shown));
    }

    @Serves(routes.cancel)
    async cancel(
      { params: { id }, headers: { dialect } }: OfResponse,
      @CurrentCaller() caller: Caller,
      @Res({ passthrough: true }) reply: FastifyReply,
    ) {
      const outcome = await this.responses.cancel(caller, id);
      reply.headers(dialect.responseHeaders?.(outcome.response) ?? {});
      return dialect.encodeCancelled?.(outcome) ?? dialect.encodeResponse(outcome.response);
    }

    @Serves(routes.remove)
    async delete(
      { params: { id }, headers: { dialect } }: OfResponse,
      @CurrentCaller() caller: Caller,
      @Res() reply: FastifyReply,
    ): Promise<void> {
      await this.responses.delete(caller, id);
      const { status, body } = dialect.encodeDeleted(id);
      await reply.status(status).send(body);
    }

    @Serves(routes.listInputItems)
    async inputItems(
      { params: { id }, headers: { dialect }, query: page }: InputOf<ResponseRoutes['listInputItems']>,
      @CurrentCaller() caller: Caller,
    ) {
      return dialect.encodeInputItems(await this.responses.inputItems(caller, id), page);
    }
  }

  return DialectController;
}
