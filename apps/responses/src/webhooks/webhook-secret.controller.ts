import type { Caller, InputOf } from '@antiphon/contracts';
import { WebhookSecrets } from '@antiphon/runtime';
import { CallerGuard, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, Inject, UseGuards } from '@nestjs/common';
import { WEBHOOK_SECRET_OVERLAP_MS } from '../config.ts';
import { secretRoutes as routes } from './routes.ts';

type OfSecret = InputOf<typeof routes.retrieve>;

/** The secret of webhooks that go to a request's own URL. */
@Controller()
@UseGuards(CallerGuard)
export class WebhookSecretController {
  constructor(
    private readonly secrets: WebhookSecrets,
    @Inject(WEBHOOK_SECRET_OVERLAP_MS) private readonly secretOverlapMs: number,
  ) {}

  @Serves(routes.retrieve)
  async secret(_input: OfSecret, @CurrentCaller() caller: Caller) {
    return { secret: await this.secrets.of(caller.userId) };
  }

  @Serves(routes.rotate)
  async rotate(_input: OfSecret, @CurrentCaller() caller: Caller) {
    return { secret: await this.secrets.rotate(caller, this.secretOverlapMs) };
  }
}
