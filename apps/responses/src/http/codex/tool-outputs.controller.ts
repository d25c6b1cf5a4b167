import type { Caller } from '@antiphon/contracts';
import { decodeToolOutput, encodeToolOutputTaken } from '@antiphon/dialects';
import { CallerGuard, CurrentCaller } from '@antiphon/service-kit';
import { Body, Controller, HttpCode, Param, Post, UseGuards } from '@nestjs/common';
import { DecisionsService } from '../../responses/decisions.service.ts';
import { ResponsesService } from '../../responses/responses.service.ts';

/** Where a program sends what its tools gave, for a run that waits for it. */
@Controller(['codex/v1/responses', 'v1/responses'])
@UseGuards(CallerGuard)
export class ToolOutputsController {
  constructor(
    private readonly responses: ResponsesService,
    private readonly decisions: DecisionsService,
  ) {}

  @Post(':id/tool_outputs')
  @HttpCode(200)
  async take(@CurrentCaller() caller: Caller, @Param('id') id: string, @Body() body: unknown) {
    const decisions = decodeToolOutput(body, await this.responses.retrieve(caller, id));
    return encodeToolOutputTaken(await this.decisions.decideAside(caller, id, decisions)).body;
  }

  /** The name that clients give it. */
  @Post(':id/submit_tool_outputs')
  @HttpCode(200)
  async takeSubmitted(@CurrentCaller() caller: Caller, @Param('id') id: string, @Body() body: unknown) {
    return this.take(caller, id, body);
  }
}
