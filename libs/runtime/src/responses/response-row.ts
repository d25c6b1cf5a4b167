import { isFinal, type Response, storableText } from '@antiphon/contracts';
import type { OrderedPart, ResponseBody, ResponseRow } from './response.entity.ts';

/* Converts a response into its row and back. */

/** A row as the driver returns it for raw SQL. */
export interface RawRow {
  id: string;
  status: Response['status'];
  body: ResponseBody;
  started_at: Date | null;
}

/** The columns that a response is read from. */
export const columns = columnsOf(null);

export function columnsOf(table: string | null): string {
  return ['id', 'status', 'body', 'started_at']
    .map((column) => (table ? `${table}.${column}` : column))
    .join(', ');
}

/** The characters of an output in a short response. */
export const outputHeadLength = 2_000;

/** As `columnsOf`, with long outputs of tool calls cut to their beginnings: for readers that show no more of them. */
export function shortColumnsOf(table: string): string {
  const output = `item ->> 'output'`;
  return `${table}.id, ${table}.status, ${table}.started_at, jsonb_set(${table}.body, '{output}', coalesce((
    select jsonb_agg(
             case when item ->> 'type' = 'function_call_output' and jsonb_typeof(item -> 'output') = 'string'
                       and octet_length(${output}) > ${outputHeadLength}
               then item || jsonb_build_object('output', left(${output}, ${outputHeadLength}), 'wholeBytes', octet_length(${output}))
               else item end order by place)
      from jsonb_array_elements(${table}.body -> 'output') with ordinality as items (item, place)), '[]')) as body`;
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
 * The `body` column of a response. Once the response has ended, or waits for another response to continue it, its MCP servers are not called
 * any more, and their sealed access is dropped.
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
 * JSON that PostgreSQL stores. Texts of models and tools may have NUL characters or halves of surrogate pairs, which jsonb refuses: they
 * become U+FFFD, so that one bad page does not fail its run each time.
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

/** A new row, with the owner of its lease; null where no process runs it yet. */
export interface NewRow {
  response: Response;
  leaseOwner: string | null;
}
