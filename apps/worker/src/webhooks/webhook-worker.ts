import { AppError } from '@antiphon/contracts';
import { DeliveryQueue, type DueDelivery, type FailedAttempt } from '@antiphon/runtime';
import { LOGGER, type Logger } from '@antiphon/service-kit';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { WORKER_CONFIG, type WorkerConfig } from '../config.ts';
import { retryInMs } from './webhook-retry.ts';
import { type SendOutcome, WebhookSender } from './webhook-sender.ts';

/** What an attempt may take beside its HTTP request before it counts as lost and is due again. */
const attemptSlackMs = 10_000;
/** The most that the responses behind all attempts in progress have together, in bytes of JSON. A larger response is sent alone. */
const sendingBytesMax = 32_000_000;

/** Claims webhooks that are due, sends them, reschedules those that failed. At least once; the id is the same for every attempt. */
@Injectable()
export class WebhookWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stop = new AbortController();
  private readonly sending = new Set<Promise<void>>();
  private sendingBytes = 0;
  private claiming: Promise<void> = Promise.resolve();
  private isClaiming = false;
  private rangMeanwhile = false;
  private isStopping = false;
  private poll: NodeJS.Timeout | undefined;

  constructor(
    private readonly deliveries: DeliveryQueue,
    private readonly sender: WebhookSender,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(WORKER_CONFIG) private readonly config: WorkerConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.poll = setInterval(() => this.ring(), this.config.webhooks.pollMs);
  }

  /** Lets the attempts under way come to their end; what does not within the grace is due again after its lease. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.poll);
    const cutOff = setTimeout(
      () => this.stop.abort(new AppError('interrupted', 'The worker stops.')),
      this.config.service.shutdownGraceMs,
    );
    await this.claiming;
    await Promise.all(this.sending);
    clearTimeout(cutOff);
  }

  /** Looks for what is due now. */
  ring(): void {
    this.rangMeanwhile = true;
    if (!this.isClaiming) this.claiming = this.claim();
  }

  private async claim(): Promise<void> {
    const { concurrency, timeoutMs, limits } = this.config.webhooks;
    this.isClaiming = true;
    try {
      while (this.rangMeanwhile && this.hasRoom && !this.isStopping) {
        this.rangMeanwhile = false;
        const free = {
          countMax: concurrency - this.sending.size,
          bytesMax: sendingBytesMax - this.sendingBytes,
        };
        const due = await this.deliveries.claim(free, timeoutMs + attemptSlackMs, limits);
        for (const delivery of due) this.start(delivery);
      }
    } catch (error) {
      // The next poll asks again; nothing is lost meanwhile.
      this.logger.warn({ error: (error as Error).message }, 'no webhook could be claimed');
    } finally {
      this.isClaiming = false;
    }
  }

  private get hasRoom(): boolean {
    return this.sending.size < this.config.webhooks.concurrency && this.sendingBytes < sendingBytesMax;
  }

  private start(delivery: DueDelivery): void {
    this.sendingBytes += delivery.bytes;
    const attempt = this.deliver(delivery).finally(() => {
      this.sending.delete(attempt);
      this.sendingBytes -= delivery.bytes;
      this.ring();
    });
    this.sending.add(attempt);
  }

  private async deliver(delivery: DueDelivery): Promise<void> {
    try {
      const outcome = await this.sender.send(delivery, this.stop.signal);
      if (outcome) await this.settle(delivery, outcome);
    } catch (error) {
      // Its lease makes it due again.
      this.logger.warn(
        { deliveryId: delivery.id, error: (error as Error).message },
        'a webhook attempt broke off',
      );
    }
  }

  private async settle(delivery: DueDelivery, outcome: SendOutcome): Promise<void> {
    const { id, responseId, endpointId, attempt } = delivery;
    const about = { deliveryId: id, endpointId, responseId, attempt };
    if (outcome.error === null && outcome.status !== null) {
      await this.deliveries.delivered(delivery, outcome.status);
      this.logger.info(about, 'webhook delivered');
      return;
    }
    const { retry, limits } = this.config.webhooks;
    const error = outcome.error ?? 'unknown';
    const waitMs = retryInMs(attempt, outcome, retry, Math.random());
    const disabled = await this.deliveries.failed(
      delivery,
      {
        status: outcome.status,
        error,
        retryInMs: waitMs,
        fault: faultOf(outcome),
        isGone: outcome.status === 410,
      },
      limits,
    );
    this.logger.warn({ ...about, error, isLast: waitMs === null }, 'webhook failed');
    if (disabled !== null) this.logger.warn({ endpointId, reason: disabled }, 'webhook endpoint disabled');
  }
}

/** A host that cannot be connected to is down for everybody. No answer, or one that says so, is the receiver's. Any other is about the request. */
function faultOf({ status, isUnreachable }: SendOutcome): FailedAttempt['fault'] {
  if (isUnreachable) return 'host';
  return status === null || status === 429 || status >= 500 ? 'receiver' : 'request';
}
