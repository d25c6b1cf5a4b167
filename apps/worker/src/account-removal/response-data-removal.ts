import { removeUserRecords } from '@antiphon/runtime';
import type { EventHandler } from '@antiphon/service-kit';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Removes the data of a removed account: responses, conversations, prompts, webhooks. */
@Injectable()
export class ResponseDataRemoval implements EventHandler<{ userId: string }> {
  constructor(private readonly database: DataSource) {}

  async handle({ userId }: { userId: string }, signal: AbortSignal): Promise<void> {
    await removeUserRecords(this.database, userId, signal);
  }
}
