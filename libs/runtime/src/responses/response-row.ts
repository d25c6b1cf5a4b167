import { isFinal, type Response, storableText } from '@antiphon/contracts';
import type { OrderedPart, ResponseBody, ResponseRow } from './response.entity.ts';

/* Between a response and its row, both ways. */

/** A row as the driver gives it for raw SQL. */
export interface RawRow {
  id: string;
  status: Response['status'];
  body: ResponseBody;
  started_at: Date | null;
}

/** The columns that make a response. */
export const columns = columnsOf(null);

export function columnsOf(table: string | null): string {
  return ['id', 'status', 'body', 'started_at']
    .map((column) => (table ? `${table}.${column}` : column))
    .join(', ');
}

export function fromRaw(row: RawRow): Response {
  return toResponse({ id: row.id, status: row.status, body: row.body, startedAt: row.started_at });
}

export function toResponse(row: Pick<ResponseRow, 'id' | 'status' | 'body' | 'startedAt'>): Response {
  const { ordered, ...body } = row.body;
  return {
    ...body,
    ...(ordered !== undefined && inOrder(body, ordered)),
    id: row.id,
    status: row.status,
    startedAt: row.startedAt?.getTime() ?? null,
  };
}

function inOrder({ settings }: ResponseBody, ordered: string): Partial<Response> {
  const { textFormat, ...part } = JSON.parse(ordered) as OrderedPart; // what `orderedPart` wrote
  return { ...part, settings: { ...settings, textFormat } };
}

function orderedPart({ clientTools, metadata, settings }: Response): { ordered?: string } {
  const { textFormat } = settings;
  const hasOrder =
    clientTools.length > 0 || textFormat.type === 'json_schema' || Object.keys(metadata).length > 1;
  if (!hasOrder) return {};
  const part: OrderedPart = { clientTools, metadata, textFormat };
  return { ordered: JSON.stringify(part) };
}

/**
 * What a row keeps of a response. When it has ended, or is continued by a response of its own, nobody calls its servers any more, and
 * what they were sent goes.
 */
export function bodyOf(response: Response): ResponseBody {
  const { id: _id, status, startedAt: _startedAt, ...rest } = response;
  const body: ResponseBody = { ...rest, ...orderedPart(response) };
  const mayGoOn = status !== 'requires_action' || response.onPause !== 'hand_back';
  if (!isFinal(status) && mayGoOn) return body;
  return {
    ...body,
    requestServers: body.requestServers.map((server) => ({ ...server, sealedAccess: null })),
  };
}

/**
 * JSON that PostgreSQL takes. What models and tools say may hold NUL characters or halves of surrogate pairs, which jsonb refuses:
 * they become U+FFFD, or one bad page would fail its run for ever.
 */
export function storableJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!/\\u0000|\\ud[89a-f]/.test(json)) return json;
  return JSON.stringify(value, (_key, entry: unknown) =>
    typeof entry === 'string' ? storableText(entry) : entry,
  );
}

export function toNewRow({ response, leaseOwner }: NewRow) {
  return {
    id: response.id,
    user_id: response.userId,
    tenant_id: response.tenantId,
    status: response.status,
    background: response.background,
    conversation_id: response.conversationId,
    previous_response_id: response.previousResponseId,
    body: bodyOf(response),
    created_at: response.createdAt,
    started_at: response.startedAt,
    lease_owner: leaseOwner,
  };
}

/** A row on its way into the table, with the lease of whoever is running it already. */
export interface NewRow {
  response: Response;
  leaseOwner: string | null;
}
