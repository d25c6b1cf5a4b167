import { z } from 'zod';
import { CallerRights } from '../caller.ts';
import { ErrorInfo } from '../errors.ts';
import { JsonObject, JsonValue } from '../json.ts';
import { Item } from './item.ts';
import { ResponseStatus } from './status.ts';
import { AllowedTool, ApprovalRule, ClientTool, RequestServer, ToolChoice } from './tool.ts';

/** The accents of one API. A response is made through one and can be read through each. */
export const DialectName = z.enum(['openai', 'jan', 'agent', 'codex']);
export type DialectName = z.infer<typeof DialectName>;

/** Tokens, summed over every model call of a run. */
export const Usage = z.object({
  inputTokens: z.number().int().nonnegative(),
  outputTokens: z.number().int().nonnegative(),
  totalTokens: z.number().int().nonnegative(),
  cachedInputTokens: z.number().int().nonnegative(),
  reasoningTokens: z.number().int().nonnegative(),
  /** Input tokens that the provider wrote into its cache. Left out where it does not report them. */
  cacheWriteTokens: z.number().int().nonnegative().optional(),
});
export type Usage = z.infer<typeof Usage>;

export const noUsage: Usage = Object.freeze({
  inputTokens: 0,
  outputTokens: 0,
  totalTokens: 0,
  cachedInputTokens: 0,
  reasoningTokens: 0,
});

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    totalTokens: a.totalTokens + b.totalTokens,
    cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
    ...((a.cacheWriteTokens ?? b.cacheWriteTokens) !== undefined && {
      cacheWriteTokens: (a.cacheWriteTokens ?? 0) + (b.cacheWriteTokens ?? 0),
    }),
  };
}

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

/** How the model is asked. What is null or absent the caller did not say, and the provider's own default holds. */
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
  /** How likely the answer's tokens were is told with them, beside so many others for each. */
  topLogprobs: z.number().int().min(0).max(20).optional(),
  /** Who the model is asked for, as the caller names its own users. */
  user: z.string().optional(),
  safetyIdentifier: z.string().optional(),
  /** Requests of one key are likely to begin alike. */
  promptCacheKey: z.string().optional(),
  /** For how long the provider may keep the beginning of a request; its own words. */
  promptCacheRetention: z.string().optional(),
  /** How fast, and at which price, the provider is to answer; its own words. */
  serviceTier: z.string().optional(),
});
export type ModelSettings = z.infer<typeof ModelSettings>;

/** A rule that a part of a value must keep beside its schema, and what to say where it does not. */
export const ValidationRule = z.object({
  /** A JSON pointer to the part; empty for all of it. Where the value has no such part, the rule holds. */
  path: z.string(),
  schema: JsonObject,
  message: z.string(),
});
export type ValidationRule = z.infer<typeof ValidationRule>;

/**
 * What an answer must keep beside a `textFormat` with a schema, and how often the model is asked again for one that does not. Rules look
 * at the parsed answer where the format is JSON by a schema, and at its text otherwise.
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
 * What a pause means to the caller. `hand_back`: the response is whole as far as it goes and is continued by another one, so nothing
 * expires. `wait`: someone decides about it, days later maybe. `hold`: a program answers while the run is held open for it.
 */
export const PauseMode = z.enum(['hand_back', 'wait', 'hold']);
export type PauseMode = z.infer<typeof PauseMode>;

/** Which of our own tools the model is offered: all that are switched on, or those named. */
export const ServerToolSelection = z.union([z.literal('all'), z.array(z.string())]);
export type ServerToolSelection = z.infer<typeof ServerToolSelection>;

/**
 * A response: the caller's request, how far its run has come, and what came of it. Times are milliseconds since the epoch.
 * It is what lifecycle events carry, what the store holds and what every dialect encodes.
 */
export const Response = z.object({
  id: z.string(),
  userId: z.string(),
  tenantId: z.string(),
  /** What its creator may do. Absent in responses of earlier releases. */
  rights: CallerRights.optional(),
  /** The dialect it was made through; any other can read it. */
  dialect: DialectName,
  /** As the caller named it. */
  model: z.string(),
  /** The provider's own name for what answered, once something did. */
  modelUsed: z.string().nullable(),
  /** The tier in which the provider says that it answered; null where it does not say. */
  serviceTierUsed: z.string().nullable(),
  status: ResponseStatus,
  /** The request's `input` as it came, for dialects that echo it. */
  rawInput: JsonValue,
  /** The request's input as items. */
  input: z.array(Item),
  output: z.array(Item),
  usage: Usage,
  error: ErrorInfo.nullable(),
  incompleteReason: z.enum(['max_output_tokens', 'content_filter']).nullable(),
  instructions: z.string().nullable(),
  serverTools: ServerToolSelection,
  /** Whether the caller chose `serverTools` by name, so that one which is not offered refuses the run. Absent: it is left out. */
  requiresServerTools: z.boolean().optional(),
  /** What the caller says about the approval of our own tools; null: nothing. */
  approval: ApprovalRule.nullable(),
  /** The MCP servers whose tools it may use beside them. */
  requestServers: z.array(RequestServer),
  clientTools: z.array(ClientTool),
  toolChoice: ToolChoice,
  settings: ModelSettings,
  /** The tools the model is offered of those that the request has; absent: all. */
  allowedTools: z.array(AllowedTool).optional(),
  /** The calls of our tools that the caller allows; the server's own limit bounds it. Absent: the server's. */
  toolCallsMax: z.number().int().positive().optional(),
  /** Whether the caller wants its thoughts sealed, to send them back itself. */
  sealsReasoning: z.boolean().optional(),
  /** Whether a context that does not fit fails the run; otherwise its oldest part is left out. */
  keepsContext: z.boolean().optional(),
  /** Left out: the answer is checked against its format's schema only, and not asked for again. */
  outputCheck: OutputCheck.optional(),
  /** Left out where the request named none. */
  prompt: PromptUse.optional(),
  /** The tool turns the caller allows; the server's own limit bounds it. Null: the server's. */
  depthMax: z.number().int().nullable(),
  metadata: JsonObject,
  onPause: PauseMode,
  /** Whether its output is the answer to an equal request, given earlier. */
  isFromCache: z.boolean(),
  /** Where to tell that it ended. */
  webhookUrl: z.string().nullable(),
  conversationId: z.string().nullable(),
  previousResponseId: z.string().nullable(),
  background: z.boolean(),
  stored: z.boolean(),
  createdAt: z.number(),
  queuedAt: z.number().nullable(),
  startedAt: z.number().nullable(),
  /** Also of what is handed back with calls that wait: it is whole, and another response goes on from it. */
  completedAt: z.number().nullable(),
  cancelledAt: z.number().nullable(),
});
export type Response = z.infer<typeof Response>;
