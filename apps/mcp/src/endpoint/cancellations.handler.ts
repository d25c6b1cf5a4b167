import { toolsCancelled } from '@antiphon/contracts';
import { Subscribes } from '@antiphon/service-kit';
import { Controller } from '@nestjs/common';
import { Cancellations, type RequestKey } from './cancellations.ts';

/** Ends a request that was cancelled at any instance. */
@Controller()
export class CancellationsHandler {
  constructor(private readonly cancellations: Cancellations) {}

  @Subscribes(toolsCancelled)
  onCancelled(key: RequestKey): void {
    this.cancellations.abort(key);
  }
}
