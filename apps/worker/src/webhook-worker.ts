import { AppError } from '@antiphon/contracts';
import { dialectNamed } from '@antiphon/dialects';
import { DeliveryStore, type DueDelivery, ResponseStore, WebhookSecrets } from '@antiphon/runtime';
import { Egress, LOGGER, type Logger } from '@antiphon/service-kit';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { WORKER_CONFIG, type WorkerConfig } from './config.ts';
import { signatureHeaders } from './webhook-signature.ts';

/** How much of a receiver's answer is read; it is thrown away. */
const answerBytesMax = 64 * 1024;
/** What an attempt may take beside its HTTP request before it counts as lost and is due again. */
const attemptSlackMs = 30_000;
/** Retries are spread by this share of their wait, so that receivers that come back are not hit by all at once. */
const jitter = 0.2;

/** Claims webhooks that are due, sends them, reschedules those that failed. At least once; the id is the same for every attempt. */
@Injectable()
export class WebhookWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stop = new AbortController();
  private sending = 0;
  private poll: NodeJS.Timeout | undefined;

  constructor(
    @Inject(DeliveryStore) private readonly deliveries: DeliveryStore,
    @Inject(ResponseStore) private readonly responses: ResponseStore,
    @Inject(WebhookSecrets) private readonly secrets: WebhookSecrets,
    @Inject(Egress) private readonly egress: Egress,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(WORKER_CONFIG) private readonly config: WorkerConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.poll = setInterval(() => this.ring(), this.config.webhooks.pollMs);
  }

  /** What is under way is dropped: it is due again after its lease. */
  beforeApplicationShutdown(): void {
    clearInterval(this.poll);
    this.stop.abort(new AppError('interrupted', 'The worker stops.'));
  }

  /** Looks for what is due now. */
  ring(): void {
    void this.claim().catch((error: Error) =>
      this.logger.warn({ error: error.message }, 'no webhook could be claimed'),
    );
  }

  private async claim(): Promise<void> {
    const { concurrency, timeoutMs } = this.config.webhooks;
    const free = concurrency - this.sending;
    if (free <= 0 || this.stop.signal.aborted) return;
    this.sending += free;
    const due = await this.deliveries
      .claim(free, timeoutMs + attemptSlackMs)
      .finally(() => (this.sending -= free));
    for (const delivery of due) void this.deliver(delivery);
  }

  private async deliver(delivery: DueDelivery): Promise<void> {
    this.sending++;
    try {
      const outcome = await this.send(delivery);
      await this.settle(delivery, outcome);
    } catch (error) {
      // Its lease makes it due again.
      this.logger.warn(
        { deliveryId: delivery.id, error: (error as Error).message },
        'a webhook attempt broke off',
      );
    } finally {
      this.sending--;
      this.ring();
    }
  }

  private async send(delivery: DueDelivery): Promise<{ status: number | null; error: string | null }> {
    const response = await this.responses.findForDelivery(delivery.responseId);
    if (!response) return { status: null, error: 'the response was deleted' };
    const { body, headers } = dialectNamed(response.dialect).encodeWebhook({
      eventId: delivery.id,
      response,
    });
    const text = JSON.stringify(body);
    const secret = await this.secrets.of(delivery.userId);
    try {
      const answer = await this.egress.fetch(
        delivery.url,
        {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'user-agent': 'Antiphon-Webhooks/1',
            ...headers,
            ...signatureHeaders(secret, { id: delivery.id, sentAtMs: Date.now(), body: text }),
          },
          body: text,
          redirectsMax: 0,
          decodedBytesMax: answerBytesMax,
          timeoutMs: this.config.webhooks.timeoutMs,
        },
        this.stop.signal,
      );
      const isTaken = answer.status >= 200 && answer.status < 300;
      return { status: answer.status, error: isTaken ? null : `the receiver answered ${answer.status}` };
    } catch (error) {
      this.stop.signal.throwIfAborted();
      return { status: null, error: AppError.from(error).message };
    }
  }

  private async settle(
    delivery: DueDelivery,
    outcome: { status: number | null; error: string | null },
  ): Promise<void> {
    const { id, responseId, attempt } = delivery;
    if (outcome.error === null && outcome.status !== null) {
      await this.deliveries.delivered(id, outcome.status);
      this.logger.info({ deliveryId: id, responseId, attempt }, 'webhook delivered');
      return;
    }
    const error = outcome.error ?? 'unknown';
    const isLast = attempt > this.config.webhooks.retriesMax || outcome.status === 410;
    await this.deliveries.failed(id, {
      status: outcome.status,
      error,
      retryInMs: isLast ? null : this.retryInMs(attempt),
    });
    this.logger.warn({ deliveryId: id, responseId, attempt, error, isLast }, 'webhook failed');
  }

  private retryInMs(attempt: number): number {
    const { retryBaseMs, retryMaxMs } = this.config.webhooks;
    const wait = Math.min(retryBaseMs * 2 ** (attempt - 1), retryMaxMs);
    return wait * (1 - jitter + 2 * jitter * Math.random());
  }
}
