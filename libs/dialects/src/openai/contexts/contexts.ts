import { type CreateResponse, type Item, newId, type Usage, read } from '@antiphon/contracts';
import type { z } from 'zod';
import { unixTime } from '../../common/times.ts';
import { promptable } from '../../common/promptable.ts';
import type { Promptable } from '../../dialect.ts';
import { decodeCreate, readPrompt } from '../decode.ts';
import { encodeUsage } from '../encode.ts';
import { encodeItem } from '../items/encode-items.ts';
import type { CompactedContext, InputTokens } from '../replies/context.ts';
import { CreateRequest, refused } from '../schema.ts';

export const CountRequest = CreateRequest.extend({
  model: CreateRequest.shape.model.nullish(),
  personality: refused('must be left out: this server has no presets of style'),
});

/** The fields of a create that make its context. */
export const CompactRequest = CreateRequest.pick({
  model: true,
  input: true,
  previous_response_id: true,
  instructions: true,
  prompt_cache_key: true,
  prompt_cache_options: true,
  prompt_cache_retention: true,
  service_tier: true,
  image: true,
  betas: true,
});

/** `POST /v1/responses/input_tokens`: a create whose tokens are counted; it needs neither a model nor an input. Throws `invalid_request`. */
export function decodeCount(body: unknown): CreateResponse {
  const { model, ...rest } = read(CountRequest, body);
  return decodeCreate({ ...rest, model: model ?? 'any' }, newId, { needsInput: false }).request;
}

export function promptableCount(body: unknown): Promptable<CreateResponse> {
  return promptable(body, readPrompt(body), decodeCount);
}

export function encodeCount(inputTokens: number): z.input<typeof InputTokens> {
  return { object: 'response.input_tokens', input_tokens: inputTokens };
}

/** `POST /v1/responses/compact`: the fields of a create that make its context. */
export function decodeCompact(body: z.output<typeof CompactRequest>): CreateResponse {
  return decodeCreate({ ...body, store: false }).request;
}

/** A compacted context: the items to send in its place. */
export interface Compacted {
  id: string;
  /** The items that stay unchanged, then the summary of all others. */
  items: readonly Item[];
  usage: Usage;
  createdAt: number;
}

export function encodeCompacted(compacted: Compacted): z.input<typeof CompactedContext> {
  return {
    id: compacted.id,
    object: 'response.compaction',
    created_at: unixTime(compacted.createdAt),
    output: compacted.items.map(encodeItem),
    usage: encodeUsage(compacted.usage),
  };
}
