import { getJson } from '../../api/http.ts';
import type { WireItem, WireResponse } from '../../api/items.ts';
import type { Content, JsonObject } from '../../api/content/prompts.ts';
import type { Timeline } from '../../api/runs.ts';
import { emptyContent } from '../../content/content.ts';
import { withoutCredentials } from '../../content/tools.ts';
import { isInstructions, sendable } from '../conversation.ts';
import type { Draft } from './draft.ts';

const itemsPerPage = 100;
const pagesMax = 20;

/** The fields of a stored response that a create has too. */
interface StoredCreate extends WireResponse {
  instructions: string | null;
  tools: JsonObject[];
  tool_choice: unknown;
  temperature: number | null;
  top_p: number | null;
  max_output_tokens: number | null;
  parallel_tool_calls: boolean | null;
  reasoning: { effort: string | null } | null;
  text: { format: { type: string; schema?: JsonObject } } | null;
}

/**
 * The draft that runs a stored run again from a turn on: its settings, and the conversation before that turn. At turn 0 that is the input of the
 * run, whose last message can be written anew.
 */
export async function forkOf(id: string, turn: number, signal?: AbortSignal): Promise<Partial<Draft>> {
  const [response, timeline, input] = await Promise.all([
    getJson<StoredCreate>(`/v1/responses/${id}`, signal),
    getJson<Timeline>(`/v1/runs/${id}/timeline`, signal),
    readInput(id, signal),
  ]);
  const before = itemsBefore(turn, response.output, timeline.turns);
  const asked = input.filter((item) => !isInstructions(item, response));
  const context = sendable([...asked, ...before]);
  const last = context.at(-1);
  const text = last && before.length === 0 ? plainText(last) : null;
  return {
    content: contentOfRun(response),
    prompt: null,
    variables: null,
    context: text === null ? context : context.slice(0, -1),
    message: text ?? '',
  };
}

/** The output items of the turns before one. A turn ends with its calls; what the model wrote before them belongs to it. */
export function itemsBefore(
  turn: number,
  output: readonly WireItem[],
  turns: readonly Pick<Timeline['turns'][number], 'index' | 'tool_calls'>[],
): WireItem[] {
  const turnOf = new Map(
    turns.flatMap(({ index, tool_calls: calls }) => calls.map((call) => [call.item_id, index])),
  );
  let end = 0;
  for (const [at, item] of output.entries()) {
    const of = turnOf.get(item.id);
    if (of !== undefined && of < turn) end = at + 1;
  }
  // Outputs of the caller's functions follow their calls.
  return output.slice(0, end);
}

/** The text of a message of the user that is nothing but text. */
function plainText({ role, content }: WireItem): string | null {
  if (role !== 'user') return null;
  if (typeof content === 'string') return content;
  if (!content?.every(({ type }) => type === 'input_text')) return null;
  return content.map(({ text }) => text ?? '').join('');
}

/** What a response shows as 1 is the default. */
function contentOfRun(response: StoredCreate): Content {
  const { model, instructions, tools, tool_choice: choice, text, reasoning } = response;
  const {
    temperature,
    top_p: topP,
    max_output_tokens: tokensMax,
    parallel_tool_calls: isParallel,
  } = response;
  return {
    ...emptyContent,
    model,
    system_prompt: instructions,
    tools: withoutCredentials(tools.map(withoutNulls)),
    tool_choice: choice === 'auto' ? null : choice,
    output_schema: text?.format.schema ?? null,
    settings: withoutNulls({
      temperature: temperature === 1 ? null : temperature,
      top_p: topP === 1 ? null : topP,
      max_output_tokens: tokensMax,
      parallel_tool_calls: isParallel === false ? false : null,
      reasoning: reasoning?.effort ? { effort: reasoning.effort } : null,
    }),
  };
}

function withoutNulls(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

async function readInput(id: string, signal?: AbortSignal): Promise<WireItem[]> {
  const items: WireItem[] = [];
  let after = '';
  for (let page = 0; page < pagesMax; page++) {
    const search = `order=asc&limit=${itemsPerPage}&include=message.input_image.image_url${after}`;
    const {
      data,
      has_more: hasMore,
      last_id: last,
    } = await getJson<{
      data: WireItem[];
      has_more: boolean;
      last_id: string | null;
    }>(`/v1/responses/${id}/input_items?${search}`, signal);
    items.push(...data);
    if (!hasMore || last === null) return items;
    after = `&after=${last}`;
  }
  throw new Error(`The conversation has more than ${pagesMax * itemsPerPage} items.`);
}
