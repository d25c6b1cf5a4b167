import { z } from 'zod';
import { Caller } from '../caller.ts';
import { JsonObject } from '../json.ts';
import { CallOrigin, Citation, ImagePart, Item, ThoughtOrigin, TokenLogprob } from '../response/item.ts';
import { ModelSettings, Usage } from '../response/response.ts';
import { ToolChoice, ToolName } from '../response/tool.ts';
import { defineRpc, defineStream } from './rpc.ts';

/** A tool as a model is told of it. */
export const ModelTool = z.object({
  name: ToolName,
  description: z.string().nullable(),
  parameters: JsonObject.nullable(),
  strict: z.boolean().nullable(),
});
export type ModelTool = z.infer<typeof ModelTool>;

/** Stands for the operator's default model, where a caller names none. */
export const defaultModelName = 'default';

/** One model turn: the context so far and how to answer it. */
export const ModelRequest = z.object({
  caller: Caller,
  model: z.string().min(1),
  instructions: z.string().nullable(),
  items: z.array(Item),
  tools: z.array(ModelTool),
  toolChoice: ToolChoice,
  settings: ModelSettings,
});
export type ModelRequest = z.infer<typeof ModelRequest>;

/** Why a model stopped. `tool_calls`: it asks for tools. `length`: it ran into the token limit. */
export const FinishReason = z.enum(['stop', 'tool_calls', 'length', 'content_filter']);
export type FinishReason = z.infer<typeof FinishReason>;

/**
 * A piece of a model's answer. Calls are numbered by `call` from 0 in the order they begin; a citation is of the text up to then; of
 * several origins of a thought or a call the last one holds, and that of a thought begins it; `end` is the last piece of an answer that
 * is whole, and a stream without it has failed.
 */
export const ModelDelta = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('text'),
    text: z.string(),
    logprobs: z.array(TokenLogprob).optional(),
    /** Images that the model made; the text may be empty then. */
    images: z.array(ImagePart).optional(),
  }),
  z.object({ type: z.literal('citation'), citation: Citation }),
  z.object({ type: z.literal('refusal'), text: z.string() }),
  z.object({ type: z.literal('reasoning'), text: z.string() }),
  z.object({
    type: z.literal('call'),
    call: z.number().int().nonnegative(),
    /** As it is handed out: at most 64 printable characters. */
    callId: z.string().min(1),
    name: z.string(),
    /** The provider's own id, where `callId` is a short one in its place. A `call_origin` brings it as well. */
    providerCallId: z.string().optional(),
  }),
  z.object({ type: z.literal('arguments'), call: z.number().int().nonnegative(), text: z.string() }),
  z.object({ type: z.literal('reasoning_origin'), origin: ThoughtOrigin }),
  z.object({ type: z.literal('call_origin'), call: z.number().int().nonnegative(), origin: CallOrigin }),
  z.object({
    type: z.literal('end'),
    finishReason: FinishReason,
    usage: Usage,
    model: z.string(),
    /** As the provider names the tier in which it answered. */
    serviceTier: z.string().optional(),
  }),
]);
export type ModelDelta = z.infer<typeof ModelDelta>;

/**
 * Asks a model and streams its answer. Errors: `model_not_found`, `context_too_long`, `model_refused` (the provider's 4xx about the request
 * itself), `rate_limited`, `model_overloaded`, `quota_exhausted`, `model_error` (everything else the provider did wrong, its 401 and 403
 * included), `unavailable`.
 */
export const llmStream = defineStream({
  subject: 'llm.stream',
  request: ModelRequest,
  chunk: z.array(ModelDelta),
});

/** A model that can be asked for. */
export const ModelInfo = z.object({
  id: z.string(),
  /** The provider that serves it. */
  provider: z.string(),
  /** Seconds since the epoch, 0 where the provider does not say. */
  createdAt: z.number().int().nonnegative(),
  isDefault: z.boolean(),
});
export type ModelInfo = z.infer<typeof ModelInfo>;

/**
 * The models that can be asked for. With `named` the question is whether this one can: the answer lists none, or the error is
 * `model_not_found`.
 */
export const llmModels = defineRpc({
  subject: 'llm.models',
  isRepeatable: true,
  request: z.object({ named: z.string().min(1).optional() }),
  reply: z.object({ models: z.array(ModelInfo) }),
});

/** The most texts that are embedded at once. */
export const embeddedTextsMax = 256;

/**
 * Turns texts into vectors that are near each other where the texts mean something alike. No `model` asks the one the operator chose
 * for embeddings; where none was chosen, the answer has no model and no vectors. Errors: those of `llm.stream`.
 */
export const llmEmbed = defineRpc({
  subject: 'llm.embed',
  isRepeatable: true,
  request: z.object({
    caller: Caller,
    model: z.string().min(1).nullable(),
    texts: z.array(z.string().min(1)).min(1).max(embeddedTextsMax),
  }),
  reply: z.object({
    /** Names the space the vectors lie in: only those of one model can be compared. */
    model: z.string().nullable(),
    /** One for each text, in their order; little-endian 32-bit floats in base64, a quarter of the size of JSON's numbers. */
    vectors: z.array(z.base64()),
  }),
});
