import { isFinal, isRejected, newId, type NewEvent, type Response } from '@antiphon/contracts';
import { isLastEntry } from '@antiphon/engine';
import { oneOfEach, orAgainInTurn } from '../conversations/conversation-turn.ts';
import type { Query } from '../database/raw-sql.ts';
import { type LogBurst, orAgain } from '../event-log/event-log.store.ts';
import { movedEvents } from '../event-log/response-events.ts';
import { bodyOf, storableJson } from '../responses/response-row.ts';
import { hostOfUrl } from '../webhooks/webhook-endpoint.ts';
import type { Lease } from './lease.ts';

/** The end or the pause of a run, with all rows that are written together with it. */
export interface RunEnd {
  lease: Lease;
  response: Response;
  /** How long a paused response waits for its caller; null where it does not pause or does not expire. */
  pauseMs: number | null;
  /** Its outbox events, besides those of the move itself. */
  events: readonly NewEvent[];
  /** The last burst of its log; null where it has no log. */
  lastBurst: LogBurst | null;
}

/**
 * `lost`: another process ended the run or holds it, and nothing was written. `has_endpoints`: nothing was written, because the owner has webhook
 * endpoints for the event.
 */
export type EndOutcome = 'ended' | 'lost' | 'has_endpoints';

/**
 * Ends or pauses runs with one statement: for each its row, guarded by the lease, its outbox events, its turn in the conversation, the end of its
 * log and the webhook delivery to the URL of its request. Rows are locked in the order of their ids, as heartbeats lock them. With
 * `endpoints: 'apart'` the caller adds all deliveries in the same transaction.
 */
export async function finishRuns(
  query: Query,
  ends: readonly RunEnd[],
  { endpoints = 'refuse' }: { endpoints?: 'refuse' | 'apart' } = {},
): Promise<EndOutcome[]> {
  const records = ends.map((end, place) => storableJson(recordOf(end, place, endpoints === 'refuse')));
  const rows = await query<{ place: number; outcome: EndOutcome }>(finishSql, [`[${records.join(',')}]`]);
  const outcomes = new Map(rows.map(({ place, outcome }) => [place, outcome]));
  return ends.map((_end, place) => outcomes.get(place) ?? 'lost');
}

/** Whether the end of a response is delivered to webhooks. */
export function isDelivered({ status, background }: Response): boolean {
  return isFinal(status) && background;
}

function recordOf({ lease, response, pauseMs, events, lastBurst }: RunEnd, place: number, delivers: boolean) {
  const { status, userId, conversationId, webhookUrl } = response;
  const eventType = delivers && isDelivered(response) ? `response.${status}` : null;
  return {
    place,
    id: lease.responseId,
    epoch: lease.epoch,
    status,
    pause_ms: pauseMs,
    body: bodyOf(response),
    user_id: userId,
    conversation_id: conversationId,
    events: [...events, ...movedEvents(response)],
    turn: conversationId !== null && canBeFollowed(response) ? turnOf(response) : null,
    burst: lastBurst && {
      first_seq: lastBurst.firstSeq,
      last_seq: lastBurst.firstSeq + lastBurst.entries.length - 1,
      entries: lastBurst.entries,
      is_last: lastBurst.entries.some(isLastEntry),
    },
    event_type: eventType,
    delivery: eventType !== null && webhookUrl !== null ? deliveryTo(webhookUrl) : null,
  };
}

/** Whether the conversation can continue after the end of this response. */
function canBeFollowed({ status }: Response): boolean {
  return status === 'completed' || status === 'incomplete' || status === 'requires_action';
}

function turnOf({ input, output }: Response) {
  return oneOfEach([...input, ...output.filter((item) => !isRejected(item))]);
}

function deliveryTo(url: string) {
  return { id: newId('delivery'), event_id: newId('event'), url, host: hostOfUrl(url) };
}

const finishSql = `with new as materialized (
     select new.*, new.event_type is not null and exists (
              select from responses.webhook_endpoints e
               where e.user_id = new.user_id and e.disabled_at is null and new.event_type = any(e.event_types)
            ) as has_endpoints
       from jsonb_to_recordset($1) as new(
         place int, id text, epoch int, status text, pause_ms bigint, body jsonb, user_id text, conversation_id text,
         events jsonb, turn jsonb, burst jsonb, event_type text, delivery jsonb)),
   locked as (
     select r.id, new.place from new join responses.responses r on r.id = new.id
      where r.lease_epoch = new.epoch and r.status = 'in_progress' and not new.has_endpoints
      order by r.id for no key update of r),
   moved as (
     update responses.responses r
        set body = new.body, status = new.status, lease_owner = null,
            lease_until = clock_timestamp() + new.pause_ms * interval '1 ms'
       from locked join new on new.place = locked.place
      where r.id = locked.id and r.lease_epoch = new.epoch and r.status = 'in_progress'
     returning new.*),
   published as (insert into responses.outbox (events) select events::json from moved order by place),
   logged as (
     insert into responses.response_events (response_id, first_seq, last_seq, events, is_last)
     select id, (burst ->> 'first_seq')::int, (burst ->> 'last_seq')::int, burst -> 'entries', (burst ->> 'is_last')::boolean
       from moved where burst is not null ${orAgain}),
   open as (
     select c.user_id, c.id from moved join responses.conversations c
         on c.user_id = moved.user_id and c.id = moved.conversation_id
      where moved.turn is not null for key share of c),
   turned as (
     insert into responses.conversation_items as had (user_id, conversation_id, item_id, item, response_id)
     select open.user_id, open.id, part.item ->> 'id', part.item, moved.id
       from moved join open on open.user_id = moved.user_id and open.id = moved.conversation_id
      cross join lateral jsonb_array_elements(moved.turn) with ordinality as part(item, place)
      order by moved.place, part.place
         ${orAgainInTurn}),
   delivered as (
     insert into responses.webhook_deliveries (id, event_id, event_type, response_id, user_id, url, host)
     select delivery ->> 'id', delivery ->> 'event_id', event_type, id, user_id, delivery ->> 'url', delivery ->> 'host'
       from moved where delivery is not null)
   select new.place, case when new.has_endpoints then 'has_endpoints' when moved.id is null then 'lost' else 'ended' end as outcome
     from new left join moved on moved.place = new.place`;
