import { type JsonObject, read, refusal } from '@antiphon/contracts';
import { z } from 'zod';
import type { ListedModel } from '../models/listed-model.ts';
import type { ModelFacts } from '../models/model-facts.ts';

const Support = z.looseObject({ supported: z.boolean() });

/** A model in Anthropic's shape. */
export const AnthropicModel = z.looseObject({
  type: z.literal('model'),
  id: z.string(),
  display_name: z.string(),
  created_at: z.iso.datetime().describe('The epoch where it is unknown'),
  max_input_tokens: z.int().nullable().describe('The context window'),
  max_tokens: z.int().nullable(),
  capabilities: z.record(z.string(), Support).nullable().describe('An unknown ability counts as none'),
});

/** A page of models in Anthropic's shape. */
export const AnthropicModelList = z.looseObject({
  data: z.array(AnthropicModel),
  has_more: z.boolean(),
  first_id: z.string().nullable(),
  last_id: z.string().nullable(),
});

/** The query of Anthropic's list. */
export const AnthropicPage = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(20),
  after_id: z.string().optional(),
  before_id: z.string().optional(),
});
export type AnthropicPage = z.output<typeof AnthropicPage>;

/** Throws `invalid_request`. */
export function decodePage(query: unknown): AnthropicPage {
  return read(AnthropicPage, query);
}

/** A page of the list: the models after `after_id`, or those before `before_id`. Throws `invalid_request` for an id that is not in the list. */
export function encodePage(
  models: readonly ListedModel[],
  { limit, after_id: after, before_id: before }: AnthropicPage,
): z.input<typeof AnthropicModelList> {
  const start = after === undefined ? 0 : placeOf(models, after, 'after_id') + 1;
  const end = before === undefined ? models.length : placeOf(models, before, 'before_id');
  const range = models.slice(start, Math.max(start, end));
  const page = before === undefined ? range.slice(0, limit) : range.slice(-limit);
  return {
    data: page.map(encodeModel),
    has_more: page.length < range.length,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  };
}

function placeOf(models: readonly ListedModel[], id: string, field: string): number {
  const place = models.findIndex((model) => model.id === id);
  if (place === -1) throw refusal([field], `must be the id of a listed model, got "${id.slice(0, 200)}"`);
  return place;
}

/** The end of the year 9999, after which dates have another form. */
const latestSeconds = 253_402_300_799;

/** An entry with all fields of Anthropic's. */
export function encodeModel({ id, createdAt, facts }: ListedModel): z.input<typeof AnthropicModel> {
  return {
    type: 'model',
    id,
    display_name: id,
    created_at: new Date(Math.min(Math.max(createdAt, 0), latestSeconds) * 1000).toISOString(),
    lifecycle: 'active',
    line: lineOf(id),
    deprecated_at: null,
    retires_at: null,
    max_input_tokens: facts?.contextWindow ?? null,
    max_tokens: facts?.outputTokensMax ?? null,
    capabilities: facts && encodeCapabilities(facts),
  };
}

function lineOf(id: string): string | null {
  return /claude.*\b(haiku|sonnet|opus)\b/i.exec(id)?.[1]?.toLowerCase() ?? null;
}

/** What `POST /v1/messages` can ask of the model. PDFs need vision, as images do; the tools of Anthropic's own servers and batches are not served. */
function encodeCapabilities(facts: ModelFacts): Record<string, z.input<typeof Support> & JsonObject> {
  const has = (flag: boolean | null) => ({ supported: flag === true });
  const [none, vision, reasoning] = [has(false), has(facts.hasVision), has(facts.hasReasoning)];
  return {
    batch: none,
    citations: none,
    code_execution: none,
    context_management: {
      ...none,
      clear_thinking_20251015: none,
      clear_tool_uses_20250919: none,
      compact_20260112: none,
    },
    effort: {
      ...reasoning,
      low: reasoning,
      medium: reasoning,
      high: reasoning,
      xhigh: reasoning,
      max: reasoning,
    },
    image_input: vision,
    pdf_input: vision,
    server_tools: { ...none, code_execution: none, web_search: none },
    structured_outputs: has(facts.hasJsonSchema),
    thinking: {
      ...reasoning,
      types: { adaptive: reasoning, between_tools: none, disabled: has(true), enabled: reasoning },
    },
  };
}
