import { AppError, type Caller } from '@antiphon/contracts';
import { IdempotencyStore, type KeyedCreate, ResponseStore, RunEvents } from '@antiphon/runtime';
import { Injectable } from '@nestjs/common';
import type { CreateOptions } from './create-options.ts';
import { type Events, inOneBurst } from './response-events.ts';

/** Answers a create whose `Idempotency-Key` was used before with the response of the first create. */
@Injectable()
export class RepeatedCreates {
  constructor(
    private readonly keys: IdempotencyStore,
    private readonly store: ResponseStore,
    private readonly runEvents: RunEvents,
  ) {}

  /** The first create with the key of this one; null where there is none. */
  async findFirst(caller: Caller, { key }: Pick<CreateOptions, 'key'>): Promise<KeyedCreate | null> {
    return key ? this.keys.find(caller, key.key) : null;
  }

  /**
   * The events of the first create's response. Errors: `idempotency_key_reuse` for another request; `idempotency_key_in_use` where the
   * response runs in the foreground, was not stored or has been deleted.
   */
  async repeat(
    caller: Caller,
    { requestHash, responseId }: KeyedCreate,
    { willStream, key, onReplay }: Pick<CreateOptions, 'willStream' | 'key' | 'onReplay'>,
    gone: AbortSignal,
  ): Promise<Events> {
    if (requestHash !== key?.requestHash) {
      throw new AppError(
        'idempotency_key_reuse',
        'This Idempotency-Key was sent with another request. Use a new key.',
      );
    }
    const response = responseId === null ? null : await this.store.find(caller, responseId);
    if (!response) {
      throw new AppError(
        'idempotency_key_in_use',
        'This request was made before, and its response was not stored or has been deleted. Use a new key to make it again.',
      );
    }
    if (response.status === 'in_progress' && !response.background) {
      throw new AppError(
        'idempotency_key_in_use',
        'The request with this Idempotency-Key is still running. Send it again when it has ended.',
      );
    }
    onReplay?.();
    if (willStream) return this.runEvents.follow(caller, response.id, gone);
    return inOneBurst([{ type: `response.${response.status}`, response }]);
  }
}
