import { type Caller, isFinal, type Response } from '@antiphon/contracts';
import { DecisionStore, type DeliveryRow, DeliveryStore, RunEvents } from '@antiphon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { TIMELINE_INTERVAL_MS } from '../config.ts';
import { ResponsesService } from '../responses/responses.service.ts';
import { isPending } from './deliveries-wire.ts';
import { type Timeline, timelineOf } from './timeline.ts';

/** The deliveries that a timeline shows. A caller has fewer endpoints. */
const deliveriesMax = 100;

/** The timelines of a caller's runs, as they are and live. A run of another user is `not_found`. */
@Injectable()
export class TimelinesService {
  constructor(
    private readonly responses: ResponsesService,
    private readonly decisions: DecisionStore,
    private readonly deliveries: DeliveryStore,
    private readonly runEvents: RunEvents,
    @Inject(TIMELINE_INTERVAL_MS) private readonly intervalMs: number,
  ) {}

  async retrieve(caller: Caller, id: string): Promise<Timeline> {
    return (await this.read(caller, await this.responses.retrieveShort(caller, id))).timeline;
  }

  /**
   * Server-sent events with the timeline, now and after each change, and an end mark once the run has ended and its deliveries are settled. Without the
   * mark, the run was deleted, or the reader can follow it in another process.
   */
  async *follow(caller: Caller, id: string, gone: AbortSignal): AsyncGenerator<string> {
    let last = '';
    for await (const response of this.runEvents.watch(caller, id, this.intervalMs, gone)) {
      const { timeline, isSettled } = await this.read(caller, response);
      // The time of the answer is no change.
      const { server_time: _, ...shown } = timeline;
      const current = JSON.stringify(shown);
      if (current !== last) yield `event: run.timeline\ndata: ${JSON.stringify(timeline)}\n\n`;
      if (isSettled) {
        yield 'data: [DONE]\n\n';
        return;
      }
      last = current;
    }
  }

  private async read(
    caller: Caller,
    response: Response,
  ): Promise<{ timeline: Timeline; isSettled: boolean }> {
    const hasEnded = isFinal(response.status);
    const [decisions, deliveries] = await Promise.all([
      this.decisions.list(caller, response.id),
      hasEnded ? this.deliveriesOf(caller, response.id) : [],
    ]);
    return {
      timeline: timelineOf(response, decisions, deliveries),
      isSettled: hasEnded && !deliveries.some(isPending),
    };
  }

  /** Oldest first. */
  private async deliveriesOf(caller: Caller, responseId: string): Promise<DeliveryRow[]> {
    const { deliveries } = await this.deliveries.listAll(caller, {
      status: null,
      responseId,
      endpointId: null,
      url: null,
      createdFromMs: null,
      createdBeforeMs: null,
      after: null,
      limit: deliveriesMax,
    });
    return deliveries.toReversed();
  }
}
