import type { Caller, InputOf } from '@antiphon/contracts';
import { agentRoutes as routes, encodeDecisions } from '@antiphon/dialects';
import { CallerGuard, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, UseGuards } from '@nestjs/common';
import { ResponsesService } from '../../create/create.service.ts';

/** The decisions about a response's calls. */
@Controller()
@UseGuards(CallerGuard)
export class DecisionsController {
  constructor(private readonly responses: ResponsesService) {}

  @Serves(routes.listDecisions)
  async list({ params: { id } }: InputOf<typeof routes.listDecisions>, @CurrentCaller() caller: Caller) {
    return encodeDecisions(await this.responses.decisions(caller, id));
  }
}
