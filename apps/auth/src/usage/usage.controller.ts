import type { Caller, InputOf } from '@antiphon/contracts';
import { CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, UseGuards } from '@nestjs/common';
import { LocalIdentityGuard } from '../me/local-identity.guard.ts';
import { usageRoutes as routes } from './routes.ts';
import { encodeUsageSummary } from './usage-wire.ts';
import { UsageStore } from './usage.store.ts';

/** Shows the usage of runs. */
@Controller()
@UseGuards(LocalIdentityGuard)
export class UsageController {
  constructor(private readonly usage: UsageStore) {}

  @Serves(routes.retrieve)
  async retrieve({ query }: InputOf<typeof routes.retrieve>, @CurrentCaller() caller: Caller) {
    return encodeUsageSummary(query, await this.usage.sum(caller, query));
  }
}
