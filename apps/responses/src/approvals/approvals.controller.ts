import type { Caller, InputOf } from '@antiphon/contracts';
import { CallerGuard, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, UseGuards } from '@nestjs/common';
import { encodeApproval, encodeApprovals } from './approval-wire.ts';
import { ApprovalsService } from './approvals.service.ts';
import { approvalRoutes as routes } from './routes.ts';

/** Lists and decides the approvals of all dialects. */
@Controller()
@UseGuards(CallerGuard)
export class ApprovalsController {
  constructor(private readonly approvals: ApprovalsService) {}

  @Serves(routes.list)
  async list({ query: { status, page } }: InputOf<typeof routes.list>, @CurrentCaller() caller: Caller) {
    if (status === 'decided') return encodeApprovals(await this.approvals.listDecided(caller, page));
    return encodeApprovals(await this.approvals.listWaiting(caller, page));
  }

  @Serves(routes.retrieve)
  async retrieve({ params: { id } }: InputOf<typeof routes.retrieve>, @CurrentCaller() caller: Caller) {
    return encodeApproval(await this.approvals.retrieve(caller, id));
  }

  @Serves(routes.decide)
  async decide({ params: { id }, body }: InputOf<typeof routes.decide>, @CurrentCaller() caller: Caller) {
    return encodeApproval(await this.approvals.decide(caller, id, body));
  }
}
