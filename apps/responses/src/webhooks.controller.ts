import type { Caller } from '@antiphon/contracts';
import { WebhookSecrets } from '@antiphon/runtime';
import { CallerGuard, CurrentCaller } from '@antiphon/service-kit';
import { Controller, Get, Inject, UseGuards } from '@nestjs/common';

@Controller('v1/webhooks')
@UseGuards(CallerGuard)
export class WebhooksController {
  constructor(@Inject(WebhookSecrets) private readonly secrets: WebhookSecrets) {}

  /** The secret that the caller's webhooks are signed with, for their receiver to check them by. */
  @Get('secret')
  async secret(@CurrentCaller() caller: Caller) {
    return { secret: await this.secrets.of(caller.userId) };
  }
}
