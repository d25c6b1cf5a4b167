import { AppError, type Caller, isRejected, type Item, type Response } from '@antiphon/contracts';
import { branchOf, type Turn } from './branch.ts';
import type { Query } from '../database/raw-sql.ts';
import { itemsAt } from '../responses/items-at.ts';
import type { Measured } from '../database/read-limits.ts';

/*
 * The history of a response. Ids and sizes are read first and the items last, so that a context that is too large is refused or cut
 * before it is loaded.
 */

export interface HistoryLimits {
  /** How many responses of a chain or a branch are read, the newest. */
  historyMax: number;
  /** How many items of a conversation are read, the newest. */
  historyItemsMax: number;
  /** The most that history, input and output have together, in bytes of JSON. */
  contextBytesMax: number;
}

/** `run`: a context that is too large is refused where it must not be cut. `show`: it is cut to its newest part. */
export type HistoryUse = 'run' | 'show';

/** A response whose items are not loaded. */
interface MeasuredTurn extends Turn, Measured {}

/** An item of a conversation that is not loaded. */
interface MeasuredItem extends Measured {
  /** PostgreSQL's bigint as text. */
  position: string;
}

/**
 * The items before a response, oldest first, without rejected answers. A history that is too large loses its oldest part. Throws
 * `context_too_long` where the response keeps its context, or where not even the newest part fits.
 */
export async function readHistory(
  query: Query,
  caller: Caller,
  response: Response,
  limits: HistoryLimits,
  use: HistoryUse,
): Promise<Item[]> {
  const { conversationId } = response;
  const turns = await turnsBefore(query, caller, response, limits.historyMax);
  if (turns) return loadTurns(query, caller, fitting(turns, response, limits, use));
  if (conversationId === null) return [];
  const items = await itemsBefore(query, caller, response, limits.historyItemsMax);
  const positions = fitting(items, response, limits, use).map(({ position }) => position);
  return itemsAt(query, caller, conversationId, positions);
}

/** The newest parts that fit, in the order given, which is oldest first. */
function fitting<Part extends Measured>(
  parts: readonly Part[],
  response: Response,
  { contextBytesMax }: HistoryLimits,
  use: HistoryUse,
): readonly Part[] {
  if (parts.length === 0) return parts;
  const ownBytes = use === 'run' ? Buffer.byteLength(JSON.stringify([response.input, response.output])) : 0;
  let bytes = ownBytes;
  let first = parts.length;
  for (let part = parts[first - 1]; part && bytes + part.bytes <= contextBytesMax; part = parts[first - 1]) {
    bytes += part.bytes;
    first--;
  }
  const isCut = first > 0;
  if (use === 'run' && isCut && (response.keepsContext || first === parts.length))
    throw tooLarge(ownBytes + bytesOf(parts), contextBytesMax);
  return parts.slice(first);
}

function bytesOf(parts: readonly Measured[]): number {
  return parts.reduce((sum, part) => sum + part.bytes, 0);
}

function tooLarge(bytes: number, bytesMax: number): AppError {
  return new AppError(
    'context_too_long',
    `The context has ${bytes} bytes, and ${bytesMax} are the most. Begin a new conversation with less, or compact this one.`,
  );
}

/** The responses that lead to this one, oldest first. Null: its history is the items of its conversation, or empty. */
async function turnsBefore(
  query: Query,
  caller: Caller,
  { conversationId, previousResponseId, createdAt }: Response,
  countMax: number,
): Promise<readonly MeasuredTurn[] | null> {
  if (
    conversationId !== null &&
    (previousResponseId !== null || (await hasBranches(query, caller, conversationId)))
  ) {
    const turns = await turnsOf(query, caller, { conversationId, beforeMs: createdAt, countMax });
    const branch = branchOf(turns, previousResponseId);
    if (branch) return branch;
  }
  return previousResponseId === null ? null : chain(query, caller, previousResponseId, countMax);
}

/** Whether a turn of a conversation names the turn that it follows, so that the conversation may have branches. */
async function hasBranches(query: Query, caller: Caller, conversationId: string): Promise<boolean> {
  const rows = await query(
    `select 1 from responses.responses
      where user_id = $1 and conversation_id = $2 and previous_response_id is not null limit 1`,
    [caller.userId, conversationId],
  );
  return rows.length > 0;
}

/** The size of a row; rows of earlier releases have none and are measured here. */
const contextBytes = `coalesce(context_bytes, octet_length(body ->> 'input') + octet_length(body ->> 'output'))`;

/** The responses of a conversation that were created before a time and that a turn can follow. */
async function turnsOf(
  query: Query,
  caller: Caller,
  { conversationId, beforeMs, countMax }: { conversationId: string; beforeMs: number; countMax: number },
): Promise<MeasuredTurn[]> {
  const turns = await query<MeasuredTurn>(
    `select id, previous_response_id as "previousResponseId", ${contextBytes} as bytes from responses.responses
      where user_id = $1 and conversation_id = $2 and status in ('completed', 'incomplete', 'requires_action')
        and created_at < to_timestamp($4 / 1000.0)
      order by created_at desc, id desc limit $3`,
    [caller.userId, conversationId, countMax, beforeMs],
  );
  return turns.reverse();
}

/** The response and the responses that it follows. A deleted response ends the chain. */
function chain(query: Query, caller: Caller, id: string, countMax: number): Promise<MeasuredTurn[]> {
  return query<MeasuredTurn>(
    `with recursive chain as (
       select id, previous_response_id, ${contextBytes} as bytes, 1 as place
         from responses.responses where id = $1 and user_id = $2
       union all
       select r.id, r.previous_response_id, r.bytes, c.place + 1
         from chain c cross join lateral (
           select id, previous_response_id, ${contextBytes} as bytes from responses.responses
            where id = c.previous_response_id and user_id = $2) r
        where c.place < $3)
     select id, previous_response_id as "previousResponseId", bytes from chain order by place desc`,
    [id, caller.userId, countMax],
  );
}

async function loadTurns(query: Query, caller: Caller, turns: readonly MeasuredTurn[]): Promise<Item[]> {
  if (turns.length === 0) return [];
  const rows = await query<{ id: string; input: Item[]; output: Item[] }>(
    `select id, body -> 'input' as input, body -> 'output' as output from responses.responses
      where user_id = $1 and id = any($2)`,
    [caller.userId, turns.map(({ id }) => id)],
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  return turns.flatMap(({ id }) => {
    const turn = found.get(id);
    return turn ? [...turn.input, ...turn.output.filter((item) => !isRejected(item))] : [];
  });
}

/**
 * The items of a conversation before a response: those before its own items, or, where it has none yet, those older than the response. A
 * conversation has one run at a time, so all items are older than a run in progress.
 */
async function itemsBefore(
  query: Query,
  caller: Caller,
  response: Response,
  countMax: number,
): Promise<MeasuredItem[]> {
  const isRunning = response.status === 'in_progress' || response.status === 'queued';
  const items = await query<MeasuredItem>(
    `select position, bytes from responses.conversation_items
      where user_id = $1 and conversation_id = $2
        and position < coalesce(
              (select min(position) from responses.conversation_items
                where user_id = $1 and conversation_id = $2 and response_id = $3), 9223372036854775807)
        and ($4::bigint is null or created_at <= to_timestamp($4 / 1000.0)
             or exists (select 1 from responses.conversation_items
                         where user_id = $1 and conversation_id = $2 and response_id = $3))
      order by position desc limit $5`,
    [caller.userId, response.conversationId, response.id, isRunning ? null : response.createdAt, countMax],
  );
  return items.reverse();
}
