import type { Caller, InputOf } from '@antiphon/contracts';
import { agentRoutes as routes, encodeDecisions } from '@antiphon/dialects';
import { CallerGuard, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, UseGuards } from '@nestjs/common';
import { DecisionsService } from '../../responses/decisions.service.ts';

/** The decisions about a response's calls. */
@Controller()
@UseGuards(CallerGuard)
export class DecisionsController {
  constructor(private readonly decisions: DecisionsService) {}

  @Serves(routes.listDecisions)
  async list({ params: { id } }: InputOf<typeof routes.listDecisions>, @CurrentCaller() caller: Caller) {
    return encodeDecisions(await this.decisions.list(caller, id));
  }
}
