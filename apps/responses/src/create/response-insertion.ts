import type { Response } from '@antiphon/contracts';
import { IdempotencyStore, type Lease, ResponseStore } from '@antiphon/runtime';
import { Injectable } from '@nestjs/common';
import type { CreateOptions } from './create-options.ts';
import { openingEvents } from './response-events.ts';

/** Stores the data that must exist before the client receives the first event of a response. */
@Injectable()
export class ResponseInsertion {
  constructor(
    private readonly store: ResponseStore,
    private readonly keys: IdempotencyStore,
  ) {}

  /**
   * Stores the row of a response where it needs one before its run, its key, its first events and its decisions. The lease is null where
   * the response does not run here or has no row yet. Null: the key is taken, and nothing was stored.
   */
  async insert(
    response: Response,
    decides: string | null,
    { willStream, key = null }: Pick<CreateOptions, 'willStream' | 'key'>,
  ): Promise<{ lease: Lease | null } | null> {
    const { background, stored, userId } = response;
    const isLogged = background && willStream;
    if (decides !== null || (stored && (key || isLogged))) {
      const log = isLogged ? openingEvents(response) : null;
      return this.store.insertWith(response, { isRunning: !background, log, key, decides });
    }
    if (!stored) return !key || (await this.keys.take(userId, key, null)) ? { lease: null } : null;
    if (background) await this.store.insert(response);
    // A stream names the response before its end, so the row is stored first. In a conversation the row excludes other runs.
    const hasRow = !background && (willStream || response.conversationId !== null);
    return { lease: hasRow ? await this.store.insertRunning(response) : null };
  }
}
