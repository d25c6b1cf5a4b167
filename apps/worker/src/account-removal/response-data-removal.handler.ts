import { userRemoved } from '@antiphon/contracts';
import { removeUserRecords } from '@antiphon/runtime';
import { Consumes, type EventContext } from '@antiphon/service-kit';
import { Controller } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Removes the responses, conversations, prompts and webhooks of a removed user. */
@Controller()
export class ResponseDataRemoval {
  constructor(private readonly database: DataSource) {}

  @Consumes(userRemoved, 'responses-users-removed')
  async remove({ userId }: { userId: string }, { signal }: EventContext): Promise<void> {
    await removeUserRecords(this.database, userId, signal);
  }
}
