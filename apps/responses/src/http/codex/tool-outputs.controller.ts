import type { Caller, InputOf } from '@antiphon/contracts';
import { codexRoutes, decodeToolOutput, encodeToolOutputTaken, openaiRoutes } from '@antiphon/dialects';
import { CallerGuard, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, UseGuards } from '@nestjs/common';
import { DecisionsService } from '../../responses/decisions.service.ts';
import { ResponsesService } from '../../responses/responses.service.ts';

const [codex, openai] = [codexRoutes.toolOutputs, openaiRoutes.toolOutputs];

/** Takes the outputs of a caller's tools, for a run that waits for them. */
@Controller()
@UseGuards(CallerGuard)
export class ToolOutputsController {
  constructor(
    private readonly responses: ResponsesService,
    private readonly decisions: DecisionsService,
  ) {}

  @Serves(codex.take, codex.submit, openai.take, openai.submit)
  async take({ params: { id }, body }: InputOf<typeof codex.take>, @CurrentCaller() caller: Caller) {
    const decisions = decodeToolOutput(body, await this.responses.retrieve(caller, id));
    return encodeToolOutputTaken(await this.decisions.decideAside(caller, id, decisions));
  }
}
