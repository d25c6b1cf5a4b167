import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { queryIn } from '../database/raw-sql.ts';
import type { DisabledReason } from './webhook-endpoint.entity.ts';
import { disableEndpoint } from './webhook-endpoint.ts';

/** A delivery to attempt now. */
export interface DueDelivery {
  id: string;
  eventId: string | null;
  responseId: string;
  userId: string;
  /** Null where the URL came with the request of the response. */
  endpointId: string | null;
  url: string;
  host: string;
  /** The endpoint, or the URL together with the caller. */
  receiver: string;
  /** The number of this attempt, from 1. */
  attempt: number;
  /** The size of its response, in bytes of JSON. */
  bytes: number;
}

/** How an attempt went, as it is kept with its delivery. */
export interface Attempt {
  /** The time of its signature, in milliseconds since the epoch. */
  sentAtMs: number;
  /** Until the receiver's answer, or until the attempt failed. */
  durationMs: number;
  /** The status of the receiver's answer; null without an answer. */
  status: number | null;
}

/** A failed attempt. */
export interface FailedAttempt extends Attempt {
  error: string;
  /** Null gives the delivery up. */
  retryInMs: number | null;
  /**
   * Which part failed. `host`: no connection, which concerns every receiver there. `receiver`: no answer, or 429 or 5xx. `request`: any other
   * refusal.
   */
  fault: 'host' | 'receiver' | 'request';
  /** The receiver answered 410: it wants no more deliveries. */
  isGone: boolean;
}

export interface DeliveryLimits {
  /** How many attempts at one host are in progress at the same time, over all workers. */
  perHostMax: number;
  /** After this many failures in a row a host or a receiver rests, and then gets one attempt at a time until one succeeds. */
  hostFailuresMax: number;
  /** Its first rest; each further one is twice as long, up to `hostRestMaxMs`. */
  hostRestMs: number;
  hostRestMaxMs: number;
  /** An endpoint is disabled after failing for this time without a success. A delivery that was due for this time is given up. */
  disableAfterMs: number;
  /** How many attempts are kept with a delivery, the last ones. */
  attemptsKept: number;
}

const pending = 'delivered_at is null and dead_at is null';
/** How long a host or receiver counts as failing after its last attempt. */
const failureMemory = `interval '1 day'`;

/** The deliveries that the worker attempts. Each row says when it is due, so that no delivery depends on a timer. */
@Injectable()
export class DeliveryQueue {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Claims up to `countMax` due deliveries, and up to the one whose response reaches `bytesMax`. Users take turns, at each host and in all, and
   * attempts in progress count as turns. The turns of one user go to its hosts in turn, and at one host to its receivers. A resting host or
   * receiver gets none, a receiver that failed one at a time. A delivery that is not settled within `leaseMs` is due again.
   */
  async claim(
    { countMax, bytesMax }: { countMax: number; bytesMax: number },
    leaseMs: number,
    limits: DeliveryLimits,
  ): Promise<DueDelivery[]> {
    return this.dataSource.transaction(async (manager) => {
      // One claim at a time, so that the claims of two workers together stay within the bound of each host.
      await queryIn(manager)(
        `select pg_advisory_xact_lock(hashtextextended('responses.webhook_deliveries', 0))`,
      );
      return queryIn(manager)<DueDelivery>(
        `with recursive receivers as (
           (select host, receiver from responses.webhook_deliveries where ${pending} order by host, receiver limit 1)
           union all
           select next.host, next.receiver
             from receivers cross join lateral (
               select d.host, d.receiver from responses.webhook_deliveries d
                where ${pending} and (d.host, d.receiver) > (receivers.host, receivers.receiver)
                order by d.host, d.receiver limit 1) next
         ), hosts as (
           select pending.host,
                  case when coalesce(known.failures, 0) >= $4 then 1 else $3 end
                    - (select count(*) from responses.webhook_deliveries d
                        where d.host = pending.host and ${pending} and d.claimed_until > clock_timestamp()) as free
             from (select distinct host from receivers) pending
             left join responses.webhook_hosts known on known.host = pending.host
            where known.resting_until is null or known.resting_until <= clock_timestamp()
         ), awake as (
           select receivers.host, receivers.receiver, hosts.free as host_free,
                  case when known.failures > 0 then 1 else hosts.free end
                    - (select count(*) from responses.webhook_deliveries d
                        where d.host = receivers.host and d.receiver = receivers.receiver and ${pending}
                          and known.failures > 0 and d.claimed_until > clock_timestamp()) as free
             from receivers join hosts on hosts.host = receivers.host
             left join responses.webhook_receivers known on known.receiver = receivers.receiver
            where hosts.free > 0
              and (known.resting_until is null or known.resting_until <= clock_timestamp())
         ), under_way as (
           select host, user_id, count(*) as count from responses.webhook_deliveries
            where ${pending} and claimed_until > clock_timestamp() group by host, user_id
         ), of_users as (
           select awake.host, awake.host_free, first.id, first.user_id, first.next_at,
                  row_number() over (partition by awake.host, first.user_id order by first.turn, first.next_at) as turn
             from awake cross join lateral (
               select d.id, d.user_id, d.next_at, row_number() over (order by d.next_at) as turn
                 from (select id, user_id, next_at from responses.webhook_deliveries
                        where host = awake.host and receiver = awake.receiver and ${pending}
                          and next_at <= clock_timestamp()
                          and (claimed_until is null or claimed_until <= clock_timestamp())
                        order by next_at limit greatest(awake.free, 0)) d) first
         ), due as (
           select of_users.id, user_id, next_at, host_free,
                  row_number() over (partition by host order by of_users.turn + coalesce(under_way.count, 0), next_at) as turn
             from of_users left join under_way using (host, user_id)
         ), first as (
           select id, next_at, row_number() over (partition by user_id order by turn, next_at)
                    + (select coalesce(sum(count), 0) from under_way where user_id = due.user_id) as turn
             from due where turn <= host_free order by turn, next_at, id limit $1
         ), measured as (
           select first.id, coalesce(r.body_bytes, octet_length(r.body::text)) as bytes,
                  row_number() over (order by first.turn, first.next_at, first.id) as place
             from first
             join responses.webhook_deliveries d on d.id = first.id
             join responses.responses r on r.id = d.response_id
         ), taken as (
           select id, bytes from (select *, sum(bytes) over (order by place) - bytes as bytes_before from measured) m
            where bytes_before < $5
         )
         update responses.webhook_deliveries d
            set attempt = attempt + 1, claimed_until = clock_timestamp() + $2 * interval '1 ms'
           from taken where d.id = taken.id and ${pending}
         returning d.id, d.event_id as "eventId", d.response_id as "responseId", d.user_id as "userId",
                   d.endpoint_id as "endpointId", d.url, d.host, d.receiver, d.attempt, taken.bytes`,
        [countMax, leaseMs, limits.perHostMax, limits.hostFailuresMax, bytesMax],
      );
    });
  }

  /** Settles a successful attempt. False: its claim had expired. */
  async delivered(
    delivery: DueDelivery,
    attempt: Attempt,
    { attemptsKept }: Pick<DeliveryLimits, 'attemptsKept'>,
  ): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      await lockEndpoint(manager, delivery);
      const isSettled = await settle(manager, delivery, {
        ...attempt,
        error: null,
        isDelivered: true,
        attemptsKept,
      });
      await forgive(manager, failingHosts, delivery.host);
      await forgive(manager, failingReceivers, delivery.receiver);
      if (isSettled && delivery.endpointId !== null) {
        await queryIn(manager)(
          `update responses.webhook_endpoints set failing_since = null where id = $1 and failing_since is not null`,
          [delivery.endpointId],
        );
      }
      return isSettled;
    });
  }

  /** Settles a failed attempt. Returns the reason if this disabled the endpoint. */
  async failed(
    delivery: DueDelivery,
    attempt: FailedAttempt,
    limits: DeliveryLimits,
  ): Promise<DisabledReason | null> {
    return this.dataSource.transaction(async (manager) => {
      await lockEndpoint(manager, delivery);
      const { attemptsKept } = limits;
      if (!(await settle(manager, delivery, { ...attempt, isDelivered: false, attemptsKept }))) return null;
      if (attempt.fault === 'host') await countFailure(manager, failingHosts, delivery.host, limits);
      else await forgive(manager, failingHosts, delivery.host);
      if (attempt.fault === 'receiver')
        await countFailure(manager, failingReceivers, delivery.receiver, limits);
      if (attempt.fault === 'request') await forgive(manager, failingReceivers, delivery.receiver);
      return delivery.endpointId === null
        ? null
        : countEndpointFailure(manager, delivery.endpointId, attempt, limits);
    });
  }
}

/** Locks an endpoint before its deliveries, in the order of its deletion, so that transactions do not deadlock. */
async function lockEndpoint(manager: EntityManager, { endpointId }: DueDelivery): Promise<void> {
  if (endpointId === null) return;
  await queryIn(manager)('select 1 from responses.webhook_endpoints where id = $1 for no key update', [
    endpointId,
  ]);
}

/** Settles the delivery of this attempt only: a later claim has a later attempt. Keeps the attempt with the last ones before it. */
async function settle(
  manager: EntityManager,
  { id, attempt, url }: DueDelivery,
  outcome: Attempt & {
    error: string | null;
    isDelivered: boolean;
    retryInMs?: number | null;
    attemptsKept: number;
  },
): Promise<boolean> {
  const isGivenUp = !outcome.isDelivered && outcome.retryInMs === null;
  const rows = await queryIn(manager)(
    `with settled as (
       update responses.webhook_deliveries
          set last_status = $3, last_error = $4, claimed_until = null,
              delivered_at = case when $5 then clock_timestamp() end,
              dead_at = case when $6 then clock_timestamp() end,
              next_at = clock_timestamp() + coalesce($7::float8, 0) * interval '1 ms'
        where id = $1 and attempt = $2 and ${pending} returning id),
     made as (
       select id, (select coalesce(max(number), 0) + 1 from responses.webhook_attempts where delivery_id = $1) as number
         from settled),
     kept as (
       insert into responses.webhook_attempts (delivery_id, number, url, sent_at, duration_ms, status, error)
       select id, number, $8, to_timestamp($9::float8 / 1000), $10, $3, $4 from made),
     forgotten as (
       delete from responses.webhook_attempts a using made
        where a.delivery_id = made.id and a.number <= made.number - $11)
     select id from settled`,
    [
      id,
      attempt,
      outcome.status,
      outcome.error,
      outcome.isDelivered,
      isGivenUp,
      outcome.retryInMs ?? null,
      url,
      outcome.sentAtMs,
      Math.round(outcome.durationMs),
      outcome.attemptsKept,
    ],
  );
  return rows.length === 1;
}

/** The tables of hosts and receivers, which can rest, and the columns of deliveries that refer to them. */
interface Resting {
  table: 'webhook_hosts' | 'webhook_receivers';
  column: 'host' | 'receiver';
}

const failingHosts: Resting = { table: 'webhook_hosts', column: 'host' };
const failingReceivers: Resting = { table: 'webhook_receivers', column: 'receiver' };

async function forgive(manager: EntityManager, { table, column }: Resting, name: string): Promise<void> {
  await queryIn(manager)(`delete from responses.${table} where ${column} = $1`, [name]);
}

async function countFailure(
  manager: EntityManager,
  { table, column }: Resting,
  name: string,
  limits: DeliveryLimits,
): Promise<void> {
  await queryIn(manager)(
    `with forgotten as (
       delete from responses.${table} where failed_at < clock_timestamp() - ${failureMemory} and ${column} <> $1)
     insert into responses.${table} as known (${column}, failures, failed_at, resting_until)
     values ($1, 1, clock_timestamp(), case when $2 <= 1 then clock_timestamp() + $3 * interval '1 ms' end)
     on conflict (${column}) do update
       set failures = known.failures + 1, failed_at = clock_timestamp(),
           resting_until = case when known.failures + 1 >= $2 then clock_timestamp() + interval '1 ms' *
             least($4::float8, $3::float8 * power(2, least(known.failures + 1 - $2, 30))) end`,
    [name, limits.hostFailuresMax, limits.hostRestMs, limits.hostRestMaxMs],
  );
  await queryIn(manager)(
    `update responses.webhook_deliveries
        set dead_at = clock_timestamp(), last_error = coalesce(last_error, 'The server could not be reached.')
      where ${column} = $1 and ${pending} and next_at < clock_timestamp() - $2 * interval '1 ms'`,
    [name, limits.disableAfterMs],
  );
}

/** Disables an endpoint only when a delivery is given up; a single failure does not, however long ago the last success was. */
async function countEndpointFailure(
  manager: EntityManager,
  id: string,
  { isGone, retryInMs }: FailedAttempt,
  limits: DeliveryLimits,
): Promise<DisabledReason | null> {
  const rows = await queryIn(manager)<{ isFailing: boolean }>(
    `update responses.webhook_endpoints set failing_since = coalesce(failing_since, clock_timestamp())
      where id = $1 and disabled_at is null
     returning failing_since < clock_timestamp() - $2 * interval '1 ms' as "isFailing"`,
    [id, limits.disableAfterMs],
  );
  const [endpoint] = rows;
  if (!endpoint) return null;
  const reason = isGone ? 'gone' : endpoint.isFailing && retryInMs === null ? 'failing' : null;
  if (reason !== null) await disableEndpoint(manager, id, reason);
  return reason;
}
