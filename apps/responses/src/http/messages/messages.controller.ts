import type { Caller, InputOf } from '@antiphon/contracts';
import { encodeTokenCount, messages, messagesRoutes } from '@antiphon/dialects';
import { CallerGuard, CallerLimits, clientGone, CurrentCaller, Serves, traceOf } from '@antiphon/service-kit';
import { Controller, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CompactionService } from '../../compaction/compaction.service.ts';
import { CreateService } from '../../create/create.service.ts';
import { idempotencyKeyOf } from '../idempotency-key.ts';
import { Replier } from '../reply.ts';

const { create, countTokens } = messagesRoutes;

/** The routes of Anthropic's Messages API. */
@Controller()
@UseGuards(CallerGuard)
export class MessagesController {
  constructor(
    private readonly creates: CreateService,
    private readonly contexts: CompactionService,
    private readonly replier: Replier,
    private readonly limits: CallerLimits,
  ) {}

  @Serves(create)
  async create(
    { headers: { idempotencyKey }, body: { body, request, reply: mode } }: InputOf<typeof create>,
    @CurrentCaller() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const key =
      idempotencyKey === null ? null : idempotencyKeyOf(idempotencyKey, { path: create.path.slice(1), body });
    // The name under which the stock client reads the id of a request.
    reply.header('request-id', reply.request.id);
    await this.replier.send(reply, messages, mode, (gone, takeBack) =>
      this.creates.create(
        caller,
        request,
        { willStream: mode !== 'json', takeBack, trace: traceOf(reply.request), key },
        gone,
      ),
    );
  }

  @Serves(countTokens)
  async count(
    { body: request }: InputOf<typeof countTokens>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    this.limits.holdWhileOpen(caller, 'runs', reply.raw);
    reply.header('request-id', reply.request.id);
    return encodeTokenCount(await this.contexts.count(caller, request, clientGone(reply.raw)));
  }
}
