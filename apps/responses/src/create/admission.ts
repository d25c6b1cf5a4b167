import type { Caller, CreateResponse } from '@antiphon/contracts';
import { answerSchemas } from '@antiphon/engine';
import { ResponseRunner, SchemaThreads } from '@antiphon/runtime';
import { Egress } from '@antiphon/service-kit';
import { Injectable } from '@nestjs/common';
import { Quotas } from '../quotas/quotas.ts';
import { type Prepared, type PrepareOptions, ResponsePreparer } from './response-preparer.ts';

/** Prepares the response of a create, and refuses it where its caller has reached a limit or its run could not start. */
@Injectable()
export class Admission {
  constructor(
    private readonly preparer: ResponsePreparer,
    private readonly quotas: Quotas,
    private readonly schemas: SchemaThreads,
    private readonly runner: ResponseRunner,
    private readonly egress: Egress,
  ) {}

  /**
   * The response as it would start. Errors: those of `ResponsePreparer.prepare`; `invalid_request` for an unusable schema or webhook URL;
   * `forbidden` for a caller whose storage is full; `model_not_found`, `context_too_long`.
   */
  async admit(
    caller: Caller,
    request: CreateResponse,
    options: PrepareOptions,
    gone: AbortSignal,
  ): Promise<Prepared> {
    if (request.webhookUrl !== null) this.egress.checkUrl(request.webhookUrl, 'webhook_url', 'webhooks');
    const schemas = answerSchemas(request);
    if (schemas.length > 0) await this.schemas.assertUsable(caller, schemas, gone);
    if (request.stored) this.quotas.admitStored(caller);
    const prepared = await this.preparer.prepare(caller, request, options, gone);
    await this.runner.assertRunnable(caller, prepared, gone);
    return prepared;
  }
}
