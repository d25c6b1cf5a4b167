import type { Caller, InputOf } from '@antiphon/contracts';
import { encodeResponseList, openaiRoutes } from '@antiphon/dialects';
import { CallerGuard, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, UseGuards } from '@nestjs/common';
import { ResponsesService } from '../../responses/responses.service.ts';

const { listResponses } = openaiRoutes.contexts;

/** The list of a caller's responses, which only the openai dialect has. */
@Controller()
@UseGuards(CallerGuard)
export class ResponseListController {
  constructor(private readonly responses: ResponsesService) {}

  @Serves(listResponses)
  async list({ query }: InputOf<typeof listResponses>, @CurrentCaller() caller: Caller) {
    const { responses, hasMore } = await this.responses.list(caller, query);
    return encodeResponseList(responses, { hasMore });
  }
}
