import { usageRecorded, type UsageRecord } from '@antiphon/contracts';
import { Consumes } from '@antiphon/service-kit';
import { Controller } from '@nestjs/common';
import { countedAtOnceMax, UsageCounter } from './usage-counter.ts';

/** Counts the usage that the services which run responses publish. */
@Controller()
export class UsageHandler {
  constructor(private readonly counter: UsageCounter) {}

  @Consumes(usageRecorded, 'auth-usage-recorded', { atOnce: countedAtOnceMax })
  count(record: UsageRecord): Promise<void> {
    return this.counter.count(record);
  }
}
