import { isId, type Response } from '@antiphon/contracts';
import { comparedTenant, ownerColumn, type Owners } from '../database/owners.ts';
import type { Query } from '../database/raw-sql.ts';
import { waitsForApproval } from './response-list-sql.ts';
import { columns, columnsOf, fromRaw, type RawRow } from './response-row.ts';

/** How many waiting responses are searched, the newest first: an item is nearly always in one of them. */
const searchedMax = 5_000;
/** How many of the latest decisions are searched for a run that one of them continued. */
const continuedMax = 100;

const hasWaitingCall = `jsonb_path_exists(body, '$.output[*] ? (@.id == $id && @.state == "pending_approval")',
                                          jsonb_build_object('id', $2::text))`;

/** A paused response, and a text that changes with each write of its row. */
export interface ResponseVersion {
  id: string;
  version: string;
}

/**
 * The owners' response whose output has this call, which waits for approval; null where none has. Its run is paused, or carries out another of its
 * calls after a decision.
 */
export async function findWaiting(query: Query, owners: Owners, itemId: string): Promise<Response | null> {
  if (!isId('functionCall', itemId)) return null;
  const { column, value } = ownerColumn(owners);
  const values = [value, itemId, comparedTenant(owners)];
  const inTenant = '($3::text is null or tenant_id = $3)';
  const [paused] = await query<RawRow>(
    `select ${columns} from (
       select * from responses.responses
        where ${column} = $1 and ${waitsForApproval}
        order by created_at desc, id desc limit ${searchedMax}) waiting
      where ${hasWaitingCall} and ${inTenant}
      limit 1`,
    values,
  );
  if (paused) return fromRaw(paused);
  const [continued] = await query<RawRow>(
    `select ${columnsOf('r')} from (
       select distinct response_id from (
         select response_id from responses.tool_decisions
          where ${column} = $1 and item_id is not null
          order by decided_at desc, id desc limit ${continuedMax}) latest) decided
       join responses.responses r on r.id = decided.response_id
      where r.status in ('queued', 'in_progress') and ${hasWaitingCall} and ${inTenant}
      limit 1`,
    values,
  );
  return continued ? fromRaw(continued) : null;
}

export async function waitingVersions(
  query: Query,
  owners: Owners,
  countMax: number,
): Promise<ResponseVersion[]> {
  const { column, value } = ownerColumn(owners);
  const rows = await query<ResponseVersion>(
    `select id, version from (
       select id, tenant_id, created_at, xmin::text as version from responses.responses
        where ${column} = $1 and ${waitsForApproval}
        order by created_at desc, id desc limit $2) newest
      where $3::text is null or tenant_id = $3
      order by created_at, id`,
    [value, countMax, comparedTenant(owners)],
  );
  return rows;
}

export async function pausedUntil(query: Query, ids: readonly string[]): Promise<Map<string, number>> {
  const rows = await query<{ id: string; until: Date }>(
    `select id, lease_until as until from responses.responses
      where id = any($1) and status = 'requires_action' and lease_until is not null`,
    [ids],
  );
  return new Map(rows.map(({ id, until }) => [id, until.getTime()]));
}
