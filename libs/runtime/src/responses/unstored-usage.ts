import type { NewEvent, Response } from '@antiphon/contracts';
import { GroupCommit, outboxEntry, OutboxHint } from '@antiphon/service-kit';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Query, queryOn } from '../database/raw-sql.ts';
import { usageEvent } from '../event-log/response-events.ts';

/** How many events go into the outbox with one statement. */
const groupRowsMax = 200;

/** The usage of responses that are not stored: the only record of them. */
@Injectable()
export class UnstoredUsage {
  private readonly query: Query;
  private readonly events: GroupCommit<NewEvent>;

  constructor(
    dataSource: DataSource,
    private readonly outbox: OutboxHint,
  ) {
    this.query = queryOn(dataSource);
    this.events = new GroupCommit((events) => this.publishAll(events), { rowsMax: groupRowsMax });
  }

  /** Publishes what a run has used, through the outbox. Rejects where the database does not take it. */
  async publish(response: Response): Promise<void> {
    await this.events.add(usageEvent(response));
  }

  private async publishAll(events: readonly NewEvent[]): Promise<void[]> {
    await this.query('insert into responses.outbox (events) values ($1)', [outboxEntry(events)]);
    this.outbox.hint();
    return events.map(() => undefined);
  }
}
