import type { Caller, CreateResponse } from '@antiphon/contracts';
import { RunEvents } from '@antiphon/runtime';
import { BusClient } from '@antiphon/service-kit';
import { Injectable } from '@nestjs/common';
import { Quotas } from '../quotas/quotas.ts';
import { Admission } from './admission.ts';
import { announceQueued } from './announce-queued.ts';
import type { CreateOptions } from './create-options.ts';
import { ForegroundRuns } from './foreground-runs.ts';
import { RepeatedCreates } from './repeated-creates.ts';
import { type Events, inOneBurst, openingEvents } from './response-events.ts';
import { ResponseInsertion } from './response-insertion.ts';

/** Creates a response: admits the request, stores the response where it needs a row, and starts its run. */
@Injectable()
export class CreateService {
  constructor(
    private readonly repeated: RepeatedCreates,
    private readonly admission: Admission,
    private readonly quotas: Quotas,
    private readonly insertion: ResponseInsertion,
    private readonly foreground: ForegroundRuns,
    private readonly runEvents: RunEvents,
    private readonly bus: BusClient,
  ) {}

  /**
   * Creates a response. A background response is stored and queued; its events are the opening ones, or those of a reader where the client
   * streams. A foreground response runs as its events are pulled, and is cancelled when `gone` aborts, unless the run is held open. Errors:
   * those of `Admission.admit` and `RepeatedCreates.repeat`; `rate_limited` for a caller whose queue is full.
   */
  async create(
    caller: Caller,
    request: CreateResponse,
    options: CreateOptions,
    gone: AbortSignal,
  ): Promise<Events> {
    const first = await this.repeated.findFirst(caller, options);
    if (first) return this.repeated.repeat(caller, first, options, gone);
    const prepared = await this.admission.admit(caller, request, options, gone);
    const { response, decides } = prepared;
    const insert = () => this.insertion.insert(response, decides, options);
    const inserted = await (request.background ? this.quotas.queue(caller, insert) : insert());
    // A concurrent request with the same key was stored first.
    if (!inserted) return this.create(caller, request, options, gone);
    if (decides !== null) this.runEvents.announce(decides);
    if (!request.background)
      return this.foreground.start(caller, { ...prepared, ...inserted }, options, gone);
    announceQueued(this.bus);
    return options.willStream
      ? this.runEvents.follow(caller, response.id, gone)
      : inOneBurst(openingEvents(response));
  }
}
