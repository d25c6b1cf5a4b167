import { z } from 'zod';
import { Caller } from '../caller.ts';
import { ErrorInfo, ModelSource } from '../errors.ts';
import { JsonObject } from '../json.ts';
import { Citation } from '../response/content/citation.ts';
import { CallDetail, HostedKind, HostedTool } from '../response/hosted/hosted-tool.ts';
import { CallOrigin, ImagePart, Item, ThoughtOrigin, TokenLogprob } from '../response/item.ts';
import { ModelSettings } from '../response/response.ts';
import { ModelAttempt } from '../response/turns/model-attempt.ts';
import { keptAttemptsMax } from '../response/turns/turn-record.ts';
import { Usage } from '../response/turns/usage.ts';
import { Grammar, ToolChoice, ToolName } from '../response/tool.ts';
import { defineRpc, defineSignal, defineStream } from './rpc.ts';

/** A tool as it is presented to a model. */
export const ModelTool = z.object({
  name: ToolName,
  description: z.string().nullable(),
  parameters: JsonObject.nullable(),
  strict: z.boolean().nullable(),
  /**
   * A custom tool, for providers that have them. `parameters` present it as a function with one string, `input`; the arguments of its calls are
   * JSON in either case.
   */
  custom: z.object({ grammar: Grammar.optional() }).optional(),
  /** The hosted tool of the request whose function it is, for providers that run such tools themselves. */
  hosted: HostedKind.optional(),
});
export type ModelTool = z.infer<typeof ModelTool>;

/** The model name that selects the operator's default model. */
export const defaultModelName = 'default';

/** One model turn: the context so far and how to answer it. */
export const ModelRequest = z.object({
  caller: Caller,
  model: z.string().min(1),
  instructions: z.string().nullable(),
  items: z.array(Item),
  tools: z.array(ModelTool),
  toolChoice: ToolChoice,
  /**
   * The hosted tools whose functions are among `tools`. A provider that is configured to run one itself (`hosted_tools: native`) gets its own
   * tool in place of these functions. Absent: none.
   */
  hostedTools: z.array(HostedTool).optional(),
  settings: ModelSettings,
  /**
   * The client does not read the deltas as they come: adjacent ones may be merged, and the whole answer may come in one chunk. A hint: an llm
   * service that does not know it streams as ever.
   */
  gather: z.boolean().optional(),
  /** Where earlier attempts at this turn broke off. They are requested last. */
  avoid: z.array(ModelSource).max(10).optional(),
});
export type ModelRequest = z.infer<typeof ModelRequest>;

/**
 * Why a model stopped. `tool_calls`: it calls tools. `length`: it reached the token limit. `pause`: its provider paused a long turn with tools of
 * its own, and goes on when it gets the turn back.
 */
export const FinishReason = z.enum(['stop', 'tool_calls', 'length', 'content_filter', 'pause']);
export type FinishReason = z.infer<typeof FinishReason>;

/** The result of a call that the provider has run itself. */
export const HostedResult = z.object({
  /** The name of the function that the call is shown as, where it is known only now. */
  name: z.string().optional(),
  /** For models of other providers, which read it as the output of a call. */
  output: z.string(),
  /** Images of the output, as data URLs. */
  images: z.array(ImagePart).optional(),
  detail: CallDetail.optional(),
  error: ErrorInfo.nullable(),
  /** What the account needs back with the call. */
  origin: CallOrigin.optional(),
});
export type HostedResult = z.infer<typeof HostedResult>;

const hostedCall = { call: z.number().int().nonnegative() };

/**
 * A piece of a model's answer. `call` numbers the calls from 0 in the order they begin; calls of hosted tools that the provider runs itself
 * (`hosted_…`) have numbers of their own, and are never run here. A citation refers to the text before it. Of several
 * origins of a thought or a call the last one holds, and the first one of a thought begins it. `end` is the last piece of a complete answer; a
 * stream without it has failed.
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
    /** The id of the call in this system: at most 64 printable characters. */
    callId: z.string().min(1),
    name: z.string(),
    /** The provider's id, where `callId` is a shorter one. A `call_origin` carries it as well. */
    providerCallId: z.string().optional(),
  }),
  z.object({ type: z.literal('arguments'), call: z.number().int().nonnegative(), text: z.string() }),
  z.object({
    type: z.literal('hosted_call'),
    ...hostedCall,
    callId: z.string().min(1),
    kind: HostedKind,
    /** The function that the call is shown as. */
    name: z.string(),
    /** What is known before it runs, such as its container. */
    detail: CallDetail.optional(),
  }),
  z.object({ type: z.literal('hosted_arguments'), ...hostedCall, text: z.string() }),
  /** The tool runs, with the detail so far. */
  z.object({ type: z.literal('hosted_progress'), ...hostedCall, detail: CallDetail.optional() }),
  z.object({ type: z.literal('hosted_result'), ...hostedCall, result: HostedResult }),
  z.object({ type: z.literal('reasoning_origin'), origin: ThoughtOrigin }),
  z.object({ type: z.literal('call_origin'), call: z.number().int().nonnegative(), origin: CallOrigin }),
  z.object({
    type: z.literal('end'),
    finishReason: FinishReason,
    usage: Usage,
    model: z.string(),
    /** The service tier of the answer, as the provider names it. */
    serviceTier: z.string().optional(),
    /** The stop sequence that ended the answer, where the provider reports it. */
    stopSequence: z.string().optional(),
    /** The operator's name for the provider that answered. */
    provider: z.string().optional(),
    /** The attempts at the turn, the first 20 of them. */
    attempts: z.array(ModelAttempt).max(keptAttemptsMax).optional(),
    /** From the request for the turn to the first output of the provider that answered, with the failed attempts before it. */
    firstOutputMs: z.number().nonnegative().optional(),
    /** US dollars by list prices; left out where they are unknown. */
    costUsd: z.number().nonnegative().optional(),
  }),
]);
export type ModelDelta = z.infer<typeof ModelDelta>;
/** The beginning of a call that the provider runs itself. */
export type HostedCallDelta = Extract<ModelDelta, { type: 'hosted_call' }>;

/**
 * Asks a model and streams its answer. Errors: `model_not_found`, `context_too_long`, `model_refused` (the provider's 4xx about the request
 * itself), `rate_limited`, `model_overloaded`, `quota_exhausted`, `model_error` (everything else the provider did wrong, its 401 and 403
 * included), `unavailable`.
 */
export const llmStream = defineStream({
  subject: 'llm.stream',
  request: ModelRequest,
  chunk: z.array(ModelDelta),
  isLast: (deltas) => deltas.at(-1)?.type === 'end',
});

/** A served model. */
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
 * Lists the served models. With `named` it checks one model: the answer lists none, or the error is `model_not_found`.
 */
export const llmModels = defineRpc({
  subject: 'llm.models',
  isRepeatable: true,
  request: z.object({ named: z.string().min(1).optional() }),
  reply: z.object({ models: z.array(ModelInfo) }),
});

/** How many texts one request may embed. */
export const embeddedTextsMax = 256;

/**
 * Embeds texts: texts of similar meaning have vectors near each other. Without `model` the operator's embedding model is used; where there is
 * none, the answer has no model and no vectors. Errors: those of `llm.stream`.
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
    /** The model of the vectors: only vectors of one model can be compared. */
    model: z.string().nullable(),
    /** One for each text, in their order; little-endian 32-bit floats in base64, a quarter of the size of JSON's numbers. */
    vectors: z.array(z.base64()),
  }),
});

const ProviderName = z.string().min(1).max(200);
const Milliseconds = z.number().nonnegative();

/** What an llm service found out about providers. Times count from the arrival of the message, since clocks differ. */
export const HealthChange = z.object({
  /** The process that publishes it, which ignores its own. */
  from: z.string().max(100).optional(),
  /** Providers that should rest; with `model` that model alone. */
  cooldowns: z
    .array(
      z.object({
        provider: ProviderName,
        model: z.string().max(1_000).nullable(),
        reason: z.enum(['rate_limit', 'credentials', 'quota']),
        forMs: Milliseconds,
      }),
    )
    .max(10_000)
    .optional(),
  /** Providers whose breaker is open. */
  opened: z
    .array(z.object({ provider: ProviderName, forMs: Milliseconds }))
    .max(1_000)
    .optional(),
  /** Providers that an administrator switched on or off, at a time in milliseconds since the epoch. */
  switches: z
    .array(z.object({ provider: ProviderName, isEnabled: z.boolean(), atMs: Milliseconds }))
    .max(1_000)
    .optional(),
});
export type HealthChange = z.infer<typeof HealthChange>;

/** Signals a change in the health of providers to all llm services. */
export const llmHealthChanged = defineSignal({ subject: 'llm.health-changed', payload: HealthChange });

/** Signals that an llm service starts, so that the others publish what they know of the health of providers. */
export const llmHealthRequested = defineSignal({ subject: 'llm.health-requested', payload: z.object({}) });
