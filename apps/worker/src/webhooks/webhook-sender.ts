import { AppError } from '@antiphon/contracts';
import { webhookRequest } from '@antiphon/dialects';
import {
  type Attempt,
  type DueDelivery,
  EndpointStore,
  ResponseStore,
  WebhookSecrets,
} from '@antiphon/runtime';
import { Egress, failedToConnect } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DELIVERY_CONFIG, type DeliveryConfig } from '../config.ts';
import { signatureHeaders } from './webhook-signature.ts';

/** How many bytes of a receiver's answer are read. They are discarded. */
const answerBytesMax = 64 * 1024;

/** The result of one attempt. Without an error the receiver took the delivery. */
export interface SendOutcome extends Attempt {
  error: string | null;
  /** How long the receiver asks to wait before the next attempt; null where it does not say. */
  retryAfterMs: number | null;
  /** Whether no connection was made. */
  isUnreachable: boolean;
}

/** Makes one attempt of a delivery: the body, signed now, sent to the receiver. Redirects are not followed. */
@Injectable()
export class WebhookSender {
  constructor(
    private readonly responses: ResponseStore,
    private readonly secrets: WebhookSecrets,
    private readonly endpoints: EndpointStore,
    private readonly egress: Egress,
    @Inject(DELIVERY_CONFIG) private readonly config: DeliveryConfig,
  ) {}

  /** Null where the response or the endpoint is gone. Throws when the signal aborts, and the errors of the database. */
  async send(delivery: DueDelivery, signal: AbortSignal): Promise<SendOutcome | null> {
    const response = await this.responses.findForDelivery(delivery.responseId);
    const secrets = await this.secretsOf(delivery);
    if (!response || secrets.length === 0) return null;
    const { headers, body } = webhookRequest(delivery, response);
    const sentAtMs = Date.now();
    const durationMs = () => Math.max(0, Date.now() - sentAtMs);
    const { timeoutMs } = this.config;
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await this.egress.stream(
        delivery.url,
        {
          method: 'POST',
          headers: { ...headers, ...signatureHeaders(secrets, { id: delivery.id, sentAtMs, body }) },
          body,
          headTimeoutMs: timeoutMs,
          silenceTimeoutMs: timeoutMs,
          decodedBytesMax: answerBytesMax,
        },
        AbortSignal.any([signal, deadline]),
      );
      // Only the status counts. Reading a short body keeps the connection; a long body ends with the connection, at the latest by the deadline.
      answer.body.resume();
      return { ...outcomeOf(answer), sentAtMs, durationMs: durationMs() };
    } catch (error) {
      signal.throwIfAborted();
      const failure = AppError.from(error);
      const message = deadline.aborted
        ? `The receiver did not answer within ${timeoutMs / 1000} s.`
        : failure.message;
      return {
        status: null,
        error: message,
        retryAfterMs: null,
        isUnreachable: failedToConnect(failure),
        sentAtMs,
        durationMs: durationMs(),
      };
    }
  }

  private secretsOf({ endpointId, userId }: DueDelivery): Promise<string[]> {
    return endpointId === null ? this.secrets.signing(userId) : this.endpoints.signingSecrets(endpointId);
  }
}

function outcomeOf({ status, headers }: { status: number; headers: Headers }) {
  const isTaken = status >= 200 && status < 300;
  return {
    status,
    error: isTaken ? null : `The receiver answered ${status}.`,
    retryAfterMs: retryAfterOf(headers, Date.now()),
    isUnreachable: false,
  };
}

/** `Retry-After` in milliseconds: the header has seconds or a date. */
function retryAfterOf(headers: Headers, nowMs: number): number | null {
  const text = headers.get('retry-after') ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const until = Date.parse(text);
  return Number.isNaN(until) ? null : Math.max(0, until - nowMs);
}
