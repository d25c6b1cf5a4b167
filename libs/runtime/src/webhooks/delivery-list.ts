import { AppError, type Caller, isId } from '@antiphon/contracts';
import type { Query } from '../database/raw-sql.ts';
import type { DeliveryRow } from './delivery.entity.ts';

export type DeliveryStatus = 'pending' | 'delivered' | 'failed';

/** Which deliveries of a caller to list, the newest first. Null: any. */
export interface DeliveryFilter {
  status: DeliveryStatus | null;
  responseId: string | null;
  endpointId: string | null;
  /** A part of the URL. */
  url: string | null;
  /** At this time or later, in milliseconds since the epoch. */
  createdFromMs: number | null;
  createdBeforeMs: number | null;
  /** A delivery: the page begins after it. */
  after: string | null;
  limit: number;
}

/** How many deliveries, the next in order, are compared with filters that have no index. */
export const deliveriesComparedMax = 5_000;

const columns = `id, event_id as "eventId", event_type as "eventType", response_id as "responseId", user_id as "userId",
  endpoint_id as "endpointId", url, host, attempt, next_at as "nextAt", claimed_until as "claimedUntil",
  delivered_at as "deliveredAt", dead_at as "deadAt", last_status as "lastStatus", last_error as "lastError",
  created_at as "createdAt"`;
const statusIs: Record<DeliveryStatus, string> = {
  pending: 'delivered_at is null and dead_at is null',
  delivered: 'delivered_at is not null',
  failed: 'dead_at is not null',
};
const order = 'order by created_at desc, id desc';

/**
 * A page of a caller's deliveries, of all endpoints and URLs. The deliveries of one response come from its index, all others from the caller's in
 * the order of the list; further filters are compared row by row, with a bounded number of rows. Errors: `invalid_request` where `after` is none of
 * the caller's deliveries, and where none of the compared rows matches and more are left.
 */
export async function listDeliveries(
  query: Query,
  caller: Caller,
  filter: DeliveryFilter,
): Promise<{ deliveries: DeliveryRow[]; hasMore: boolean }> {
  const values: unknown[] = [];
  const place = (value: unknown) => `$${values.push(value)}`;
  const range = await rangeOf(query, caller, filter, place);
  const compared = comparedOf(filter, place);
  const rows = await query<DeliveryRow>(
    `select ${columns} from (${range} limit ${deliveriesComparedMax}) d
      where ${compared.join(' and ') || 'true'} ${order} limit ${place(filter.limit + 1)}`,
    values,
  );
  const deliveries = rows.slice(0, filter.limit);
  if (rows.length > filter.limit || compared.length === 0)
    return { deliveries, hasMore: rows.length > filter.limit };
  const hasMore = await goesOn(query, caller, filter);
  if (hasMore && deliveries.length === 0)
    throw new AppError(
      'invalid_request',
      `None of the next ${deliveriesComparedMax} deliveries matches all filters, and one request compares no more of them. Name a response or a shorter time.`,
    );
  return { deliveries, hasMore };
}

/** Whether the range has more rows than are compared. */
async function goesOn(query: Query, caller: Caller, filter: DeliveryFilter): Promise<boolean> {
  const values: unknown[] = [];
  const place = (value: unknown) => `$${values.push(value)}`;
  const range = await rangeOf(query, caller, filter, place);
  const rows = await query(`select from (${range} limit 1 offset ${deliveriesComparedMax}) further`, values);
  return rows.length > 0;
}

/** The rows of an index, in the order of the list. */
async function rangeOf(
  query: Query,
  { userId }: Caller,
  { responseId, createdFromMs, createdBeforeMs, after }: DeliveryFilter,
  place: (value: unknown) => string,
): Promise<string> {
  const conditions = [`user_id = ${place(userId)}`];
  if (createdFromMs !== null) conditions.push(`created_at >= ${timeOf(createdFromMs, place)}`);
  if (createdBeforeMs !== null) conditions.push(`created_at < ${timeOf(createdBeforeMs, place)}`);
  if (after !== null) {
    const last = await placeOf(query, userId, after);
    conditions.push(`(created_at, id) < (${place(last.createdAt)}::timestamptz, ${place(last.id)})`);
  }
  // Read first and compared afterwards: a response has few deliveries.
  const source =
    responseId === null
      ? 'responses.webhook_deliveries'
      : `(select * from responses.webhook_deliveries where response_id = ${place(responseId)} offset 0) of_response`;
  return `select * from ${source} where ${conditions.join(' and ')} ${order}`;
}

async function placeOf(query: Query, userId: string, id: string): Promise<{ createdAt: string; id: string }> {
  // As text: a Date has no microseconds.
  const [place] = isId('delivery', id)
    ? await query<{ createdAt: string; id: string }>(
        'select created_at::text as "createdAt", id from responses.webhook_deliveries where id = $1 and user_id = $2',
        [id, userId],
      )
    : [];
  if (!place)
    throw new AppError('invalid_request', 'after names none of your deliveries.', { param: 'after' });
  return place;
}

function comparedOf(
  { status, endpointId, url }: DeliveryFilter,
  place: (value: unknown) => string,
): string[] {
  return [
    ...(status === null ? [] : [statusIs[status]]),
    ...(endpointId === null ? [] : [`endpoint_id = ${place(endpointId)}`]),
    ...(url === null ? [] : [`strpos(url, ${place(url)}) > 0`]),
  ];
}

function timeOf(ms: number, place: (value: unknown) => string): string {
  return `to_timestamp(${place(ms)}::float8 / 1000)`;
}
