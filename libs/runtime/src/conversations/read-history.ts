import { AppError, type Caller, isRejected, type Item, type Response } from '@antiphon/contracts';
import type { Query } from '../database/raw-sql.ts';
import type { Measured } from '../database/read-limits.ts';

/*
 * The history of a response, read by one statement. The statement adds the sizes up from the newest part on and leaves out the items of parts
 * that do not fit, so that a context that is too large is refused or cut before it is loaded.
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

/** A history with its size, in bytes of JSON. */
export interface History extends Measured {
  items: Item[];
  /** The version of the conversation that it was read under; null where there is none. */
  version: string | null;
}

/** What the statement finds: one row. The parts of a history are its items, or its responses. */
interface FoundHistory {
  /** The parts that fit, oldest first, as a JSON array; null where none fits. */
  parts: string | null;
  /** Whether a part does not fit. */
  is_cut: boolean;
  bytes: number;
  fitting_bytes: number;
  version: string | null;
}

/** An item of the conversation, or input and output of a response of the chain or branch. */
type HistoryPart = Item | [input: Item[], output: Item[]];

/**
 * The items before a response, oldest first, without rejected answers. A history that is too large loses its oldest part. Throws
 * `context_too_long` where the response keeps its context, or where not even the newest part fits.
 */
export async function readHistory(
  query: Query,
  caller: Caller,
  response: Response,
  { historyMax, historyItemsMax, contextBytesMax }: HistoryLimits,
  use: HistoryUse,
): Promise<History> {
  const { id, conversationId, previousResponseId, createdAt, status } = response;
  if (conversationId === null && previousResponseId === null) return { items: [], bytes: 0, version: null };
  const ownBytes = use === 'run' ? Buffer.byteLength(JSON.stringify([response.input, response.output])) : 0;
  const isRunning = status === 'in_progress' || status === 'queued';
  const [found] = await query<FoundHistory>(historySql, [
    caller.userId,
    previousResponseId,
    conversationId,
    createdAt,
    historyMax,
    contextBytesMax - ownBytes,
    id,
    isRunning ? null : createdAt,
    historyItemsMax,
  ]);
  if (!found) throw new Error('an aggregate has a row');
  const { parts, is_cut: isCut, bytes, fitting_bytes: fittingBytes, version } = found;
  if (use === 'run' && isCut && (response.keepsContext || parts === null))
    throw tooLarge(ownBytes + bytes, contextBytesMax);
  const fitting = parts === null ? [] : (JSON.parse(parts) as HistoryPart[]); // as the statement writes it
  return { items: fitting.flatMap(itemsOf), bytes: fittingBytes, version };
}

function itemsOf(part: HistoryPart): Item[] {
  if (!Array.isArray(part)) return [part];
  const [input, output] = part;
  return [...input, ...output.filter((made) => !isRejected(made))];
}

function tooLarge(bytes: number, bytesMax: number): AppError {
  return new AppError(
    'context_too_long',
    `The context has ${bytes} bytes, and at most ${bytesMax} are allowed. Compact it, or begin a new conversation.`,
  );
}

/** A turn of the conversation that another turn can follow and that was created before the response. */
const isTurn = `r.user_id = $1 and r.conversation_id = $3 and r.status in ('completed', 'incomplete', 'requires_action')
  and r.created_at < to_timestamp($4 / 1000.0)`;

/** What is read of a response; rows of earlier releases have no size and are measured here. */
const turnColumns = `r.id, r.created_at, r.previous_response_id, r.body,
  coalesce(r.context_bytes, octet_length(r.body ->> 'input') + octet_length(r.body ->> 'output')) as bytes`;

/**
 * $1 user, $2 previous response, $3 conversation, $4 time of creation, $5 most responses, $6 most bytes, $7 the response, $8 the time up to
 * which items count (null: all), $9 most items.
 *
 * The parts come as one text, because the driver takes longer for a row of each than for reading the text.
 *
 * The history is one of three. The chain of a previous response is the responses that each name the one before; a deleted response ends it.
 * In a conversation whose turns name turns, the branch that leads to the previous response, or to the latest turn: a turn follows the turn
 * that it names, or else the turn created before it. In any other conversation, its items before those of the response itself; a conversation
 * has one run at a time, so all items are older than a run in progress.
 */
export const historySql = `with recursive branched as (
     select $2::text is not null or exists (
              select from responses.responses
               where user_id = $1 and conversation_id = $3::text and previous_response_id is not null) as is_true),
   turns as (
     (select ${turnColumns}, coalesce(${isTurn}, false) as is_branch, 1 as place
        from responses.responses r where r.id = $2 and r.user_id = $1)
     union all
     (select ${turnColumns}, true, 1 from responses.responses r
       where $2 is null and (select is_true from branched) and ${isTurn}
       order by r.created_at desc, r.id desc limit 1)
     union all
     select before.*, turns.is_branch, turns.place + 1
       from turns cross join lateral (
         (select ${turnColumns} from responses.responses r
           where r.id = turns.previous_response_id and r.user_id = $1
             and (not turns.is_branch or (${isTurn} and (r.created_at, r.id) < (turns.created_at, turns.id))))
         union all
         (select ${turnColumns} from responses.responses r
           where turns.previous_response_id is null and turns.is_branch
             and ${isTurn} and (r.created_at, r.id) < (turns.created_at, turns.id)
           order by r.created_at desc, r.id desc limit 1)) before
      where turns.place < $5),
   own as materialized (
     select min(position) as first from (
       select user_id, conversation_id, position from responses.conversation_items
        where response_id = $7 offset 0) own
      where user_id = $1 and conversation_id = $3),
   items as (
     select position, bytes, item from responses.conversation_items
      where not (select is_true from branched) and user_id = $1 and conversation_id = $3
        and position < coalesce((select first from own), 9223372036854775807)
        and ($8::bigint is null or created_at <= to_timestamp($8 / 1000.0) or (select first from own) is not null)
      order by position desc limit $9)
   select '[' || string_agg(part, ',' order by place) filter (where fits) || ']' as parts,
          coalesce(bool_or(not fits), false) as is_cut, coalesce(sum(bytes), 0)::float8 as bytes,
          coalesce(sum(bytes) filter (where fits), 0)::float8 as fitting_bytes,
          (select version from responses.conversations where user_id = $1 and id = $3) as version
     from (
       select bytes, fits, -place as place,
              case when fits then '[' || coalesce(body ->> 'input', '[]') || ',' || coalesce(body ->> 'output', '[]') || ']' end as part
         from (select turns.*, sum(bytes) over (order by place) <= $6::bigint as fits from turns) measured
       union all
       select bytes, fits, position, case when fits then item::text end
         from (select items.*, sum(bytes) over (order by position desc) <= $6 as fits from items) measured) parts`;
