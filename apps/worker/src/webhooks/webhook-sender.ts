import { AppError } from '@antiphon/contracts';
import { dialectNamed, type EncodedWebhook } from '@antiphon/dialects';
import { type DueDelivery, EndpointStore, ResponseStore, WebhookSecrets } from '@antiphon/runtime';
import { Egress, failedToConnect } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { WORKER_CONFIG, type WorkerConfig } from '../config.ts';
import { signatureHeaders } from './webhook-signature.ts';

/** How much of a receiver's answer is read; it is thrown away. */
const answerBytesMax = 64 * 1024;

/** What came of one attempt. Without an error it was taken. */
export interface SendOutcome {
  /** Null where the receiver did not answer. */
  status: number | null;
  error: string | null;
  /** When the receiver wants to be asked again. */
  retryAfterMs: number | null;
  /** Whether there was no connection at all. */
  isUnreachable: boolean;
}

/** Makes one attempt of a delivery: what is said, signed now, to the receiver and nowhere else. */
@Injectable()
export class WebhookSender {
  constructor(
    private readonly responses: ResponseStore,
    private readonly secrets: WebhookSecrets,
    private readonly endpoints: EndpointStore,
    private readonly egress: Egress,
    @Inject(WORKER_CONFIG) private readonly config: WorkerConfig,
  ) {}

  /** Null where there is nothing to tell of any more. Throws when the signal aborts, and what the database throws. */
  async send(delivery: DueDelivery, signal: AbortSignal): Promise<SendOutcome | null> {
    const webhook = await this.encode(delivery);
    const secrets = await this.secretsOf(delivery);
    if (!webhook || secrets.length === 0) return null;
    const body = JSON.stringify(webhook.body);
    const { timeoutMs } = this.config.webhooks;
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await this.egress.stream(
        delivery.url,
        {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'user-agent': 'Antiphon-Webhooks/1',
            ...webhook.headers,
            ...signatureHeaders(secrets, { id: delivery.id, sentAtMs: Date.now(), body }),
          },
          body,
          headTimeoutMs: timeoutMs,
          silenceTimeoutMs: timeoutMs,
          decodedBytesMax: answerBytesMax,
        },
        AbortSignal.any([signal, deadline]),
      );
      // The status has said it all. Reading a short rest keeps the connection; a long one ends with it, at the latest by the deadline.
      answer.body.resume();
      return outcomeOf(answer);
    } catch (error) {
      signal.throwIfAborted();
      const failure = AppError.from(error);
      const message = deadline.aborted
        ? `The receiver did not answer within ${timeoutMs / 1000} s.`
        : failure.message;
      return { status: null, error: message, retryAfterMs: null, isUnreachable: failedToConnect(failure) };
    }
  }

  /** Registered endpoints are told that a response ended, in OpenAI's words; a request's own URL is told in those of its dialect. */
  private async encode({ id, eventId, responseId, endpointId }: DueDelivery): Promise<EncodedWebhook | null> {
    const response = await this.responses.findForDelivery(responseId);
    if (!response) return null;
    const dialect = dialectNamed(endpointId === null ? response.dialect : 'openai');
    return dialect.encodeWebhook({ eventId: eventId ?? id, response });
  }

  private secretsOf({ endpointId, userId }: DueDelivery): Promise<string[]> {
    return endpointId === null ? this.secrets.signing(userId) : this.endpoints.signingSecrets(endpointId);
  }
}

function outcomeOf({ status, headers }: { status: number; headers: Headers }): SendOutcome {
  const isTaken = status >= 200 && status < 300;
  return {
    status,
    error: isTaken ? null : `The receiver answered ${status}.`,
    retryAfterMs: retryAfterOf(headers, Date.now()),
    isUnreachable: false,
  };
}

/** Seconds or a date. */
function retryAfterOf(headers: Headers, nowMs: number): number | null {
  const text = headers.get('retry-after') ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const until = Date.parse(text);
  return Number.isNaN(until) ? null : Math.max(0, until - nowMs);
}
