import type { Caller } from '@antiphon/contracts';
import { encodeDecisions } from '@antiphon/dialects';
import { CallerGuard, CurrentCaller } from '@antiphon/service-kit';
import { Controller, Get, Param, UseGuards } from '@nestjs/common';
import { ResponsesService } from '../../create/create.service.ts';

/** What was decided about a response's calls. */
@Controller('api/v1/responses')
@UseGuards(CallerGuard)
export class DecisionsController {
  constructor(private readonly responses: ResponsesService) {}

  @Get(':id/decisions')
  async list(@CurrentCaller() caller: Caller, @Param('id') id: string) {
    return encodeDecisions(await this.responses.decisions(caller, id));
  }
}
