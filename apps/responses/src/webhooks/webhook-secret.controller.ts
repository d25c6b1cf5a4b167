import type { Caller } from '@antiphon/contracts';
import { WebhookSecrets } from '@antiphon/runtime';
import { CallerGuard, CurrentCaller } from '@antiphon/service-kit';
import { Controller, Get, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import { WEBHOOK_SECRET_OVERLAP_MS } from '../config.ts';

/** The secret of webhooks that go to a request's own URL. */
@Controller('v1/webhooks/secret')
@UseGuards(CallerGuard)
export class WebhookSecretController {
  constructor(
    private readonly secrets: WebhookSecrets,
    @Inject(WEBHOOK_SECRET_OVERLAP_MS) private readonly secretOverlapMs: number,
  ) {}

  /** The secret that the caller's webhooks are signed with, for their receiver to check them by. */
  @Get()
  async secret(@CurrentCaller() caller: Caller) {
    return { secret: await this.secrets.of(caller.userId) };
  }

  /** A new one; the one before signs too for the overlap. */
  @Post('rotate')
  @HttpCode(200)
  async rotate(@CurrentCaller() caller: Caller) {
    return { secret: await this.secrets.rotate(caller, this.secretOverlapMs) };
  }
}
