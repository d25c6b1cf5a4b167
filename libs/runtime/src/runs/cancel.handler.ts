import { responsesCancel } from '@antiphon/contracts';
import { type SignalContext, Subscribes } from '@antiphon/service-kit';
import { Controller } from '@nestjs/common';
import { ActiveRuns, cancelledByCaller } from './active-runs.ts';

/** Aborts the run of a response that any process cancelled. */
@Controller()
export class CancelHandler {
  constructor(private readonly runs: ActiveRuns) {}

  @Subscribes(responsesCancel)
  onCancel(_payload: object, { id }: SignalContext): void {
    if (id !== null) this.runs.abort(id, cancelledByCaller());
  }
}
