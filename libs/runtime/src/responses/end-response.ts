import { type Caller, finalStatuses, type Response } from '@antiphon/contracts';
import { catchUp, keepUnfinished, toLogEntry } from '@antiphon/engine';
import { outboxEntry } from '@antiphon/service-kit';
import type { EntityManager } from 'typeorm';
import { removeTurn } from '../conversations/conversation-turn.ts';
import { queryIn } from '../database/raw-sql.ts';
import type { EventLogStore } from '../event-log/event-log.store.ts';
import { movedEvents } from '../event-log/response-events.ts';
import { addDeliveries } from '../webhooks/add-deliveries.ts';
import { bodyOf, storableJson, toResponse } from './response-row.ts';
import { ResponseRow } from './response.entity.ts';

/** Reads a caller's response and locks its row until the transaction ends. Null: the caller has no such response. */
export async function lockResponse(
  manager: EntityManager,
  caller: Pick<Caller, 'userId'>,
  id: string,
): Promise<Response | null> {
  const row = await manager.findOne(ResponseRow, {
    where: { id, userId: caller.userId },
    lock: { mode: 'pessimistic_write' },
  });
  return row && toResponse(row);
}

/**
 * Ends a response from outside its run. The transaction holds the lock of the row and has checked the status. Writes the end of the log, the
 * webhook deliveries and the outbox events, and removes the turn from the conversation. Items that are in the log and not in the row are kept
 * as far as they came. Returns the response as stored.
 */
export async function endResponse(
  manager: EntityManager,
  log: EventLogStore,
  ended: Response,
): Promise<Response> {
  const query = queryIn(manager);
  const logged = await log.replay(ended, manager);
  const response = logged ? keepUnfinished(ended, logged.response) : ended;
  await query(
    `with ended as (
       update responses.responses
          set body = $2, status = $3, lease_owner = null, lease_until = null
        where id = $1 and not status = any($4) returning id)
     insert into responses.outbox (events) select $5::json from ended`,
    [
      response.id,
      storableJson(bodyOf(response)),
      response.status,
      finalStatuses,
      outboxEntry(movedEvents(response)),
    ],
  );
  if (logged) {
    const events = [
      ...catchUp(logged.response, response),
      { type: `response.${response.status}` as const, response },
    ];
    await log.appendWithin(manager, response.id, {
      firstSeq: logged.nextSeq,
      entries: events.map(toLogEntry),
    });
  }
  await addDeliveries(manager, response);
  if (response.conversationId !== null) await removeTurn(query, response);
  return response;
}
