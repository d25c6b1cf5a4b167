import type { Caller } from '@antiphon/contracts';
import { encodeDecisions } from '@antiphon/dialects';
import { CallerGuard, CurrentCaller } from '@antiphon/service-kit';
import { Controller, Get, Param, UseGuards } from '@nestjs/common';
import { DecisionsService } from '../../responses/decisions.service.ts';

/** What was decided about a response's calls. */
@Controller('api/v1/responses')
@UseGuards(CallerGuard)
export class DecisionsController {
  constructor(private readonly decisions: DecisionsService) {}

  @Get(':id/decisions')
  async list(@CurrentCaller() caller: Caller, @Param('id') id: string) {
    return encodeDecisions(await this.decisions.list(caller, id));
  }
}
