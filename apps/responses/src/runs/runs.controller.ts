import type { Caller, InputOf } from '@antiphon/contracts';
import { CallerGuard, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { DecisionsService } from '../responses/decisions.service.ts';
import { ResponsesService } from '../responses/responses.service.ts';
import { runRoutes as routes } from './routes.ts';
import { encodeRunDetail } from './run-detail.ts';
import { encodeRuns } from './run-wire.ts';
import { timelineOf } from './timeline.ts';

/** Shows the stored runs of all dialects. */
@Controller()
@UseGuards(CallerGuard)
export class RunsController {
  constructor(
    private readonly responses: ResponsesService,
    private readonly decisions: DecisionsService,
  ) {}

  @Serves(routes.list)
  async list({ query }: InputOf<typeof routes.list>, @CurrentCaller() caller: Caller) {
    return encodeRuns(await this.responses.list(caller, query));
  }

  @Serves(routes.retrieve)
  async retrieve({ params: { id } }: InputOf<typeof routes.retrieve>, @CurrentCaller() caller: Caller) {
    return encodeRunDetail(await this.responses.retrieve(caller, id));
  }

  @Serves(routes.timeline)
  async timeline({ params: { id } }: InputOf<typeof routes.timeline>, @CurrentCaller() caller: Caller) {
    const response = await this.responses.retrieveShort(caller, id);
    return timelineOf(response, await this.decisions.list(caller, id));
  }

  @Serves(routes.output)
  async output(
    { params: { id, call_id: callId } }: InputOf<typeof routes.output>,
    @CurrentCaller() caller: Caller,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const text = await this.responses.outputText(caller, id, callId);
    await reply
      .headers({
        'content-type': 'text/plain; charset=utf-8',
        // Call ids are the provider's words.
        'content-disposition': `attachment; filename="${callId.replaceAll(/[^\w.-]/g, '_').slice(0, 100)}.txt"`,
        'x-content-type-options': 'nosniff',
        'content-security-policy': "sandbox; default-src 'none'",
      })
      .send(text);
  }
}
