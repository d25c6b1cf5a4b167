import { type CreateResponse, type Item, newId, type Usage, read } from '@antiphon/contracts';
import { unixTime } from '../../common/times.ts';
import { decodeCreate } from '../decode.ts';
import { encodeUsage } from '../encode.ts';
import { encodeItem } from '../items/encode-items.ts';
import { CreateRequest, refused } from '../schema.ts';

export const CountRequest = CreateRequest.extend({
  model: CreateRequest.shape.model.nullish(),
  personality: refused('must be left out: models have no presets of style here'),
});

/** What of a create makes its context. */
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

/** `POST /v1/responses/input_tokens`: a create that is only measured, so it needs no model and may say nothing. */
export function decodeCount(body: unknown): CreateResponse {
  const { model, ...rest } = read(CountRequest, body ?? {});
  return decodeCreate({ ...rest, model: model ?? 'any' }, newId, { needsInput: false }).request;
}

export function encodeCount(inputTokens: number): Record<string, unknown> {
  return { object: 'response.input_tokens', input_tokens: inputTokens };
}

/** `POST /v1/responses/compact`: the part of a create that makes its context. */
export function decodeCompact(body: unknown): CreateResponse {
  return decodeCreate({ ...read(CompactRequest, body), store: false }).request;
}

/** A context that was compacted: what to send in its place. */
export interface Compacted {
  id: string;
  /** What stays as it was. */
  items: readonly Item[];
  /** What the rest has become. */
  compactionId: string;
  sealedSummary: string;
  usage: Usage;
  createdAt: number;
}

export function encodeCompacted(compacted: Compacted): Record<string, unknown> {
  const { compactionId: id, sealedSummary } = compacted;
  return {
    id: compacted.id,
    object: 'response.compaction',
    created_at: unixTime(compacted.createdAt),
    output: [
      ...compacted.items.map(encodeItem),
      { id, type: 'compaction', encrypted_content: sealedSummary },
    ],
    usage: encodeUsage(compacted.usage),
  };
}
