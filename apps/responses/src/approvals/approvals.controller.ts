import type { AppError, Caller, InputOf } from '@antiphon/contracts';
import { CallerGuard, CallerLimits, clientGone, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, Inject, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { REPLY_TIMES, type ReplyTimes } from '../config.ts';
import { EventReply } from '../http/event-reply.ts';
import {
  encodeApproval,
  encodeApprovals,
  encodeChange,
  encodeOutcomes,
  encodeRefusal,
} from './approval-wire.ts';
import { ApprovalWatch } from './approval-watch.ts';
import { type ApprovalFilter, ApprovalsService } from './approvals.service.ts';
import { approvalRoutes as routes } from './routes.ts';

/** Lists, streams and decides the approvals of all dialects. */
@Controller()
@UseGuards(CallerGuard)
export class ApprovalsController {
  constructor(
    private readonly approvals: ApprovalsService,
    private readonly watch: ApprovalWatch,
    private readonly limits: CallerLimits,
    @Inject(REPLY_TIMES) private readonly times: ReplyTimes,
  ) {}

  @Serves(routes.list)
  async list(
    { query: { status, isStream, page } }: InputOf<typeof routes.list>,
    @CurrentCaller() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (isStream) return this.stream(reply, caller, page);
    const found =
      status === 'decided'
        ? await this.approvals.listDecided(caller, page)
        : await this.approvals.listWaiting(caller, page);
    await reply.send(encodeApprovals(found, caller));
  }

  @Serves(routes.retrieve)
  async retrieve({ params: { id } }: InputOf<typeof routes.retrieve>, @CurrentCaller() caller: Caller) {
    return encodeApproval(await this.approvals.retrieve(caller, id), caller);
  }

  @Serves(routes.decide)
  async decide(
    { params: { id }, body }: InputOf<typeof routes.decide>,
    @CurrentCaller() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { approval, error } = await this.approvals.decide(caller, id, body, clientGone(reply.raw));
    const shown = approval && encodeApproval(approval, caller);
    if (error && shown) await reply.status(error.status).send({ ...encodeRefusal(error), approval: shown });
    else if (shown) await reply.send(shown);
    else throw error as AppError; // an outcome has one of both
  }

  @Serves(routes.decideAll)
  async decideAll(
    { body }: InputOf<typeof routes.decideAll>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return encodeOutcomes(await this.approvals.decideAll(caller, body, clientGone(reply.raw)), caller);
  }

  /** An error before the first change is an answer of its own; after it the stream ends, and its reader begins again. */
  private async stream(reply: FastifyReply, caller: Caller, filter: ApprovalFilter): Promise<void> {
    this.limits.holdWhileOpen(caller, 'streams', reply.raw);
    let stream: EventReply | null = null;
    try {
      for await (const changes of this.watch.follow(caller, filter, clientGone(reply.raw))) {
        stream ??= new EventReply(reply, {}, this.times);
        await stream.write(changes.map((change) => encodeChange(change, caller)));
      }
    } finally {
      stream?.end();
    }
  }
}
