import { ClaimLoop, Slots } from '@antiphon/async';
import { AppError } from '@antiphon/contracts';
import { DeliveryQueue, DeliverySignal, type DueDelivery, type FailedAttempt } from '@antiphon/runtime';
import { LOGGER, type Logger } from '@antiphon/service-kit';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DELIVERY_CONFIG, type DeliveryConfig } from '../config.ts';
import { retryInMs } from './webhook-retry.ts';
import { type SendOutcome, WebhookSender } from './webhook-sender.ts';

/** How long an attempt may take beside its HTTP request before its claim expires and the delivery is due again. */
const attemptSlackMs = 10_000;
/** The most bytes of JSON that the responses of all attempts in progress have together. A larger response is sent alone. */
const sendingBytesMax = 32_000_000;

/** Claims due deliveries, sends them and reschedules those that failed. Each is sent at least once, every attempt under the same id. */
@Injectable()
export class WebhookWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly loop: ClaimLoop<DueDelivery>;

  constructor(
    private readonly deliveries: DeliveryQueue,
    private readonly sender: WebhookSender,
    signal: DeliverySignal,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(DELIVERY_CONFIG) private readonly config: DeliveryConfig,
  ) {
    const { concurrency, timeoutMs, limits, pollMs } = config;
    this.loop = new ClaimLoop({
      pollMs,
      slots: new Slots(concurrency, sendingBytesMax),
      weightOf: ({ bytes }) => bytes,
      claim: ({ countMax, weightMax }) =>
        this.deliveries.claim({ countMax, bytesMax: weightMax }, timeoutMs + attemptSlackMs, limits),
      run: (delivery) => this.deliver(delivery),
      onClaimError: (error) =>
        this.logger.warn({ error: (error as Error).message }, 'claiming deliveries failed'),
      // The claim expires, and the delivery is due again.
      onRunError: (error, { id }) =>
        this.logger.warn(
          { deliveryId: id, error: (error as Error).message },
          'a delivery attempt failed with an unexpected error',
        ),
    });
    signal.onRing(() => this.loop.ring());
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  /** Waits for the attempts in progress. Attempts that exceed the grace are aborted; their deliveries are due again after the claim. */
  async beforeApplicationShutdown(): Promise<void> {
    const cutOff = setTimeout(
      () => this.stopping.abort(new AppError('interrupted', 'The worker stops.')),
      this.config.shutdownGraceMs,
    );
    await this.loop.stop();
    clearTimeout(cutOff);
  }

  private async deliver(delivery: DueDelivery): Promise<void> {
    const outcome = await this.sender.send(delivery, this.stopping.signal);
    if (outcome) await this.settle(delivery, outcome);
  }

  private async settle(delivery: DueDelivery, outcome: SendOutcome): Promise<void> {
    const { id, responseId, endpointId, attempt } = delivery;
    const about = { deliveryId: id, endpointId, responseId, attempt };
    const { retry, limits } = this.config;
    const { sentAtMs, durationMs, status } = outcome;
    if (outcome.error === null) {
      await this.deliveries.delivered(delivery, { sentAtMs, durationMs, status }, limits);
      this.logger.info(about, 'webhook delivered');
      return;
    }
    const { error } = outcome;
    const waitMs = retryInMs(attempt, outcome, retry, Math.random());
    const disabled = await this.deliveries.failed(
      delivery,
      {
        sentAtMs,
        durationMs,
        status,
        error,
        retryInMs: waitMs,
        fault: faultOf(outcome),
        isGone: status === 410,
      },
      limits,
    );
    this.logger.warn({ ...about, error, isLast: waitMs === null }, 'webhook failed');
    if (disabled !== null) this.logger.warn({ endpointId, reason: disabled }, 'webhook endpoint disabled');
  }
}

/**
 * Which part failed. `host`: no connection, which concerns every receiver there. `receiver`: no answer, or 429 or 5xx. `request`: any other
 * refusal.
 */
function faultOf({ status, isUnreachable }: SendOutcome): FailedAttempt['fault'] {
  if (isUnreachable) return 'host';
  return status === null || status === 429 || status >= 500 ? 'receiver' : 'request';
}
