import { z } from 'zod';
import { CallerRights } from '../caller.ts';
import { ErrorInfo } from '../errors.ts';
import { JsonObject, JsonValue } from '../json.ts';
import { HostedTool } from './hosted/hosted-tool.ts';
import { Item } from './item.ts';
import { ResponseStatus } from './status.ts';
import { TurnRecord } from './turns/turn-record.ts';
import { AllowedTool, ApprovalRule, ClientTool, RequestServer, ToolChoice } from './tool.ts';
import { Usage } from './turns/usage.ts';

/** The wire formats of the API. A response is created through one dialect; a stored one can be read through each that stores responses. */
export const DialectName = z.enum(['openai', 'jan', 'agent', 'codex', 'messages']);
export type DialectName = z.infer<typeof DialectName>;

/** The form of the answer's text. */
export const TextFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    name: z.string(),
    description: z.string().nullable(),
    schema: JsonObject,
    strict: z.boolean().nullable(),
  }),
]);
export type TextFormat = z.infer<typeof TextFormat>;

/** The settings of model calls. For a setting that is null or absent the provider's default holds. */
export const ModelSettings = z.object({
  temperature: z.number().min(0).max(2).nullable(),
  topP: z.number().min(0).max(1).nullable(),
  presencePenalty: z.number().min(-2).max(2).nullable(),
  frequencyPenalty: z.number().min(-2).max(2).nullable(),
  maxOutputTokens: z.number().int().positive().nullable(),
  parallelToolCalls: z.boolean().nullable(),
  reasoningEffort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullable(),
  textFormat: TextFormat,
  reasoningSummary: z.enum(['auto', 'concise', 'detailed']).optional(),
  verbosity: z.enum(['low', 'medium', 'high']).optional(),
  /** Whether the answer has the log probabilities of its tokens, each with so many alternatives. */
  topLogprobs: z.number().int().min(0).max(20).optional(),
  /** The end user of the request, as the caller names it. */
  user: z.string().optional(),
  safetyIdentifier: z.string().optional(),
  /** Requests with the same key are likely to have the same beginning. */
  promptCacheKey: z.string().optional(),
  /** For how long the provider may keep the beginning of a request, in the provider's values. */
  promptCacheRetention: z.string().optional(),
  /** The service tier (speed and price), in the provider's values. */
  serviceTier: z.string().optional(),
  /** Texts at which the model stops; the answer ends before them. */
  stopSequences: z.array(z.string()).optional(),
  /** The model chooses among so many likeliest tokens. */
  topK: z.number().int().nonnegative().optional(),
});
export type ModelSettings = z.infer<typeof ModelSettings>;

/** A rule for a part of a value beside its schema, and the message where the part breaks it. */
export const ValidationRule = z.object({
  /** A JSON pointer to the part; empty for the whole value. A value without such a part keeps the rule. */
  path: z.string(),
  schema: JsonObject,
  message: z.string(),
});
export type ValidationRule = z.infer<typeof ValidationRule>;

/**
 * The rules for an answer beside the schema of `textFormat`, and how many retries an answer gets that breaks them. Rules are
 * checked against the parsed answer where the format is JSON by a schema, else against its text.
 */
export const OutputCheck = z.object({
  rules: z.array(ValidationRule),
  retryMax: z.number().int().nonnegative(),
});
export type OutputCheck = z.infer<typeof OutputCheck>;

/** The prompt that a response was made from. */
export const PromptUse = z.object({
  id: z.string(),
  version: z.string(),
  /** As the caller sent them. */
  variables: JsonObject,
});
export type PromptUse = z.infer<typeof PromptUse>;

/**
 * How a paused response goes on. `hand_back`: the response is complete as it is, another response continues it, and it does not expire.
 * `wait`: the caller decides later, possibly after days. `stay`: as `wait`, and the streams of the run stay open over its pauses. `hold`: a
 * program sends the outputs while the stream is held open.
 */
export const PauseMode = z.enum(['hand_back', 'wait', 'stay', 'hold']);
export type PauseMode = z.infer<typeof PauseMode>;

/** The tools of this system that the model is offered: all enabled ones, or the named ones. */
export const ServerToolSelection = z.union([z.literal('all'), z.array(z.string())]);
export type ServerToolSelection = z.infer<typeof ServerToolSelection>;

/**
 * A response: the caller's request, the progress of its run, and its output. Times are milliseconds since the epoch. Lifecycle events carry
 * it, the store holds it, and every dialect encodes it.
 */
export const Response = z.object({
  id: z.string(),
  userId: z.string(),
  tenantId: z.string(),
  /** The rights of its creator. Absent in responses of earlier releases. */
  rights: CallerRights.optional(),
  /** The dialect of its create; every dialect can read it. */
  dialect: DialectName,
  /** The model as the caller named it. */
  model: z.string(),
  /** The model that answered, as the provider names it; null before the first answer. */
  modelUsed: z.string().nullable(),
  /** The service tier of the answer, as the provider reports it; null where it does not. */
  serviceTierUsed: z.string().nullable(),
  /** The stop sequence that ended the latest answer, where the provider reports it. */
  stopSequenceUsed: z.string().optional(),
  status: ResponseStatus,
  /** How the request wrote `input`, for a dialect that echoes it and can write it again from the items. */
  inputForm: z.enum(['text', 'parts', 'message', 'messages']).optional(),
  /** The request's `input` as it came, where the dialect echoes it and the items do not say all of it. */
  rawInput: JsonValue.optional(),
  /** The request's input as items. */
  input: z.array(Item),
  output: z.array(Item),
  usage: Usage,
  /** Its requests to models, in their order. Left out before the first one has ended, and in responses of earlier releases. */
  turns: z.array(TurnRecord).optional(),
  error: ErrorInfo.nullable(),
  incompleteReason: z.enum(['max_output_tokens', 'content_filter']).nullable(),
  instructions: z.string().nullable(),
  serverTools: ServerToolSelection,
  /** Whether the model is offered `serverTools` only once a tool search has found them. */
  defersServerTools: z.boolean().optional(),
  /** Whether the caller named `serverTools`, so that a missing tool fails the run. Absent: missing tools are left out. */
  requiresServerTools: z.boolean().optional(),
  /** The caller's rule for the approval of this system's tools; null: none. */
  approval: ApprovalRule.nullable(),
  /** The MCP servers whose tools the run may use as well. */
  requestServers: z.array(RequestServer),
  clientTools: z.array(ClientTool),
  /** The tool types of the API that the server runs, at most one of each kind. Absent: none. */
  hostedTools: z.array(HostedTool).optional(),
  toolChoice: ToolChoice,
  settings: ModelSettings,
  /** Narrows the tools of the request that the model is offered; absent: all. */
  allowedTools: z.array(AllowedTool).optional(),
  /** What was left out of the request, for the caller to read. Absent: nothing. */
  warnings: z.array(z.string()).optional(),
  /** How many calls of server tools the caller allows, at most the server's limit. Absent: the server's limit. */
  toolCallsMax: z.number().int().positive().optional(),
  /** The optional parts of items that the caller wants, in the dialect's names. Absent: none. */
  include: z.array(z.string()).optional(),
  /** Whether thoughts are returned sealed, for the caller to send back. */
  sealsReasoning: z.boolean().optional(),
  /** Whether the run sums its context up in place of an answer: its output is one compaction. */
  compacts: z.boolean().optional(),
  /** Whether a context that does not fit fails the run; else its oldest part is left out. */
  keepsContext: z.boolean().optional(),
  /** Left out: the answer is checked against its format's schema only, without retries. */
  outputCheck: OutputCheck.optional(),
  /** Left out where the request named none. */
  prompt: PromptUse.optional(),
  /** How many tool turns the caller allows, at most the server's limit. Null: the server's limit. */
  depthMax: z.number().int().nullable(),
  metadata: JsonObject,
  onPause: PauseMode,
  /** Whether its output was reused from the answer to an equal earlier request. */
  isFromCache: z.boolean(),
  /** The URL that receives a webhook when the response ends. */
  webhookUrl: z.string().nullable(),
  conversationId: z.string().nullable(),
  previousResponseId: z.string().nullable(),
  background: z.boolean(),
  stored: z.boolean(),
  createdAt: z.number(),
  queuedAt: z.number().nullable(),
  startedAt: z.number().nullable(),
  /** Set also for a response that is handed back with pending calls: it is complete, and another response continues it. */
  completedAt: z.number().nullable(),
  cancelledAt: z.number().nullable(),
});
export type Response = z.infer<typeof Response>;
