import { responsesQueued } from '@antiphon/contracts';
import { Subscribes } from '@antiphon/service-kit';
import { Controller } from '@nestjs/common';
import { BackgroundWorker } from './background-worker.ts';

/** Claims a queued response as soon as its signal arrives. */
@Controller()
export class BackgroundHandler {
  constructor(private readonly worker: BackgroundWorker) {}

  @Subscribes(responsesQueued)
  onQueued(): void {
    this.worker.fillSlots();
  }
}
