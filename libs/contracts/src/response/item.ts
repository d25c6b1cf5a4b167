import { z } from 'zod';
import { ErrorInfo } from '../errors.ts';
import { JsonObject } from '../json.ts';
import { CitableSource, Citation } from './content/citation.ts';
import { CallDetail, HostedKind } from './hosted/hosted-tool.ts';
import { AddedTools, ClientToolKind, LeftOutTool, ListedTool, ToolFilter, ToolNamespace } from './tool.ts';

const LikelyToken = z.object({
  token: z.string(),
  logprob: z.number(),
  /** The UTF-8 bytes of the token, which may be a part of a character. */
  bytes: z.array(z.number().int()),
});

/** The log probability of a token, and the likeliest tokens in its place. */
export const TokenLogprob = LikelyToken.extend({ top: z.array(LikelyToken) });
export type TokenLogprob = z.infer<typeof TokenLogprob>;

export const TextPart = z.object({
  type: z.literal('text'),
  text: z.string(),
  /** Set where the provider sends them, or the model cites a source of a call. */
  citations: z.array(Citation).optional(),
  /** Set where the request asks for them and the provider sends them. */
  logprobs: z.array(TokenLogprob).optional(),
});
export const ImagePart = z.object({
  type: z.literal('image'),
  /** An https or data URL. */
  url: z.string(),
  detail: z.enum(['low', 'high', 'auto']).optional(),
  /** The caller's uploaded file that the image comes from. In a request `url` is empty: it is set when the file is read. */
  fileId: z.string().optional(),
});
export type ImagePart = z.infer<typeof ImagePart>;
export const FilePart = z.object({
  type: z.literal('file'),
  filename: z.string().optional(),
  /** A data URL with the file's bytes, or an https URL. */
  url: z.string(),
  /** The caller's uploaded file, as in `ImagePart`. */
  fileId: z.string().optional(),
});
export const AudioPart = z.object({
  type: z.literal('audio'),
  /** Base64. */
  data: z.string(),
  format: z.string(),
});
/** The model declined to answer. */
export const RefusalPart = z.object({ type: z.literal('refusal'), refusal: z.string() });

export const ContentPart = z.discriminatedUnion('type', [
  TextPart,
  ImagePart,
  FilePart,
  AudioPart,
  RefusalPart,
]);
export type ContentPart = z.infer<typeof ContentPart>;

export const ItemStatus = z.enum(['in_progress', 'completed', 'incomplete']);
export type ItemStatus = z.infer<typeof ItemStatus>;

export const MessageRole = z.enum(['user', 'assistant', 'system', 'developer']);
export type MessageRole = z.infer<typeof MessageRole>;

export const MessageItem = z.object({
  type: z.literal('message'),
  id: z.string(),
  role: MessageRole,
  content: z.array(ContentPart),
  status: ItemStatus,
  /**
   * Set where the run rejected this answer and asked the model again: the fault, as the model reads it. Where an answer has several messages,
   * the last one has the text and the others an empty string. A rejected message stays in the output as the journal of the run, and is not
   * part of the response's text.
   */
  rejection: z.string().optional(),
});
export type MessageItem = z.infer<typeof MessageItem>;

/**
 * The state of a call. The stored call is the journal of a run: `proposed` came with the request and is not decided, the two `pending`
 * states wait for the caller, `approved` may run and has not started, `started` is committed before the tool runs and `done` after it. So a
 * process that takes a run over knows which calls may have taken effect.
 */
export const CallState = z.enum([
  'proposed',
  'pending_approval',
  'pending_output',
  'approved',
  'started',
  'done',
]);
export type CallState = z.infer<typeof CallState>;

/**
 * Data that a provider sent with a call and needs back with it, such as a signature. It is not sent to other providers, which may refuse
 * unknown fields.
 */
export const CallOrigin = z.object({
  /** The account at the provider, as in `ThoughtOrigin`. */
  provider: z.string(),
  /** Empty where there is only an id to keep. */
  extraContent: JsonObject,
  /** The provider's id of the call, where `callId` is another one. */
  callId: z.string().optional(),
});
export type CallOrigin = z.infer<typeof CallOrigin>;

/** The form in which a provider sent a thought, so that it can be sent back to the same provider unchanged. */
export const ThoughtOrigin = z.object({
  /** The account at the provider: the host, or `host#name` for a provider of the file. */
  provider: z.string(),
  /** The field of the assistant's message that held its text. Chat completions only; absent: another API. */
  field: z.enum(['reasoning_content', 'reasoning']).optional(),
  /** The field's name where it is neither of these. */
  sentAs: z.string().optional(),
  /** The provider's data beside the text, in the form of its API: parts, signatures, encrypted thoughts (`reasoning_details` in chat completions). */
  details: z.array(JsonObject).optional(),
});
export type ThoughtOrigin = z.infer<typeof ThoughtOrigin>;

/** The type of a called tool beside functions and tools of MCP servers. */
export const CallKind = z.union([ClientToolKind, HostedKind]);
export type CallKind = z.infer<typeof CallKind>;

/** The model calls a tool. */
export const FunctionCallItem = z.object({
  type: z.literal('function_call'),
  id: z.string(),
  /** The id of the call in the model's context, which its output refers to. */
  callId: z.string(),
  name: z.string(),
  /** JSON as the model wrote it, or as a decision edited it; it need not parse. */
  arguments: z.string(),
  /** The arguments that the model proposed, where a decision edited them. */
  proposedArguments: z.string().nullable(),
  status: ItemStatus,
  /** `server`: this system runs it. `client`: the caller runs it and sends the output. */
  executor: z.enum(['server', 'client']),
  /** The label of the tool's MCP server; null: a tool of this system, or a function of the caller. */
  serverLabel: z.string().nullable(),
  /** The tool's name at that server; null without an MCP server. */
  serverToolName: z.string().nullable(),
  /**
   * The item whose call was approved or refused: of an earlier response, where the call goes on here, or this item itself, where its own
   * response went on. Null: the call was not decided.
   */
  approvalRequestId: z.string().nullable(),
  state: CallState,
  /** The tool turn of the run in which the model made the call, from 0. */
  depth: z.number().int().nonnegative(),
  /** Milliseconds since the epoch. */
  startedAt: z.number().nullable(),
  durationMs: z.number().nonnegative().nullable(),
  /** Set when the tool failed; the model sees the message as the call's output. */
  error: ErrorInfo.nullable(),
  /** Left out where the provider sent none. */
  origin: CallOrigin.optional(),
  /** Left out for functions and tools of MCP servers. */
  kind: CallKind.optional(),
  /** Left out for tools without a namespace. */
  namespace: ToolNamespace.optional(),
  /**
   * The JSON text of the schema of the tool's arguments, in the order of its fields. Left out for calls that need no approval, and for a schema
   * that is too long to keep.
   */
  parameters: z.string().optional(),
  /** The result for the caller's item, beside the output. Left out before a hosted tool has one. */
  detail: CallDetail.optional(),
  /** The sources of the output that the model may cite. */
  sources: z.array(CitableSource).optional(),
  /**
   * Set where the run refused the input of a caller's tool and calls the model again: the fault, as the model reads it. The call is part of the
   * journal of the run, and the caller does not see it.
   */
  rejection: z.string().optional(),
});
export type FunctionCallItem = z.infer<typeof FunctionCallItem>;

/** Whether a call waited for approval and was decided in its own response, which went on. */
export function wasDecidedInPlace({ id, approvalRequestId }: FunctionCallItem): boolean {
  return approvalRequestId === id;
}

/** The call as the model proposed it, before a decision about it. */
export function asProposed(call: FunctionCallItem): FunctionCallItem {
  return {
    ...call,
    arguments: call.proposedArguments ?? call.arguments,
    proposedArguments: null,
    approvalRequestId: null,
    state: 'pending_approval',
    startedAt: null,
    durationMs: null,
    error: null,
  };
}

type NewCall = Pick<FunctionCallItem, 'id' | 'callId' | 'name' | 'executor'> & Partial<FunctionCallItem>;

/** A call item with defaults for what `call` leaves out: without arguments, `done`, at depth 0. */
export function functionCall(call: NewCall): FunctionCallItem {
  return {
    type: 'function_call',
    arguments: '',
    proposedArguments: null,
    status: 'completed',
    serverLabel: null,
    serverToolName: null,
    approvalRequestId: null,
    state: 'done',
    depth: 0,
    startedAt: null,
    durationMs: null,
    error: null,
    ...call,
  };
}

/** The output of a tool, for the model to read. */
export const FunctionCallOutputItem = z.object({
  type: z.literal('function_call_output'),
  id: z.string(),
  callId: z.string(),
  output: z.union([z.string(), z.array(ContentPart)]),
  status: ItemStatus,
  /** Set where `output` was read as its beginning: the bytes of the whole as UTF-8. */
  wholeBytes: z.number().int().optional(),
  /** The kind of its call, where the caller's item says it. */
  kind: ClientToolKind.optional(),
  /** The tools that a tool search found: they are offered from here on. */
  tools: AddedTools.extend({ executor: z.enum(['server', 'client']) }).optional(),
});
export type FunctionCallOutputItem = z.infer<typeof FunctionCallOutputItem>;

/** The model's thoughts before its answer, where the provider sends them. */
export const ReasoningItem = z.object({
  type: z.literal('reasoning'),
  id: z.string(),
  text: z.string(),
  status: ItemStatus,
  /** The request asked for a summary of the thoughts, and `text` is the summary. Left out: `text` is the thought itself. */
  isSummary: z.boolean().optional(),
  /** Left out where the caller sent the thought as text, so that its origin is unknown. */
  origin: ThoughtOrigin.optional(),
  /** The sealed thought for the caller to keep and send back, where the request asks for it. Only this system can open it. */
  sealed: z.string().optional(),
});
export type ReasoningItem = z.infer<typeof ReasoningItem>;

/** What a sealed thought holds. */
export const ThoughtContent = ReasoningItem.pick({ text: true, origin: true }).extend({
  /**
   * The origins of calls of the same answer, which the caller's own form of a call has no place for. A dialect names a call by either id.
   * Left out: none.
   */
  calls: z.array(z.object({ id: z.string(), callId: z.string(), origin: CallOrigin })).optional(),
});
export type ThoughtContent = z.infer<typeof ThoughtContent>;

/** The tools that an MCP server offered to a run, or why it did not. Later turns use this list as long as they request the same tools. */
export const McpListToolsItem = z.object({
  type: z.literal('mcp_list_tools'),
  id: z.string(),
  serverLabel: z.string(),
  /** The requested tools, as in `RequestServer`. */
  origin: z.string().nullable(),
  allowed: ToolFilter.nullable(),
  tools: z.array(ListedTool),
  /** The requested tools that cannot be offered. Absent: none. */
  leftOut: z.array(LeftOutTool).optional(),
  error: z.string().nullable(),
  status: ItemStatus,
});
export type McpListToolsItem = z.infer<typeof McpListToolsItem>;

/** A decision about a call that waited: in the input of the next response, or in the output of the response that waited and went on. */
export const ApprovalResponseItem = z.object({
  type: z.literal('approval_response'),
  id: z.string(),
  /** The id of the call's item. */
  approvalRequestId: z.string(),
  approve: z.boolean(),
  /** The reason of a refusal, or the feedback. */
  reason: z.string().nullable(),
  status: ItemStatus,
  /** The decision in full. Left out in an input, which only approves or refuses. */
  decision: z
    .object({
      action: z.enum(['accept', 'edit', 'reject', 'feedback']),
      userId: z.string(),
      /** Milliseconds since the epoch. */
      decidedAt: z.number(),
    })
    .optional(),
});
export type ApprovalResponseItem = z.infer<typeof ApprovalResponseItem>;

/** Tools that the caller adds within the context: they are offered from here on, and deferred ones once they are found. */
export const AdditionalToolsItem = z.object({
  type: z.literal('additional_tools'),
  id: z.string(),
  tools: AddedTools,
  status: ItemStatus,
});
export type AdditionalToolsItem = z.infer<typeof AdditionalToolsItem>;

/** A summary of the context before it. In a context for a model it replaces every earlier item but the messages of the caller. */
export const CompactionItem = z.object({
  type: z.literal('compaction'),
  id: z.string(),
  /** The summary; empty until it is whole. */
  text: z.string(),
  /** The summary for the caller to keep and send back. Only this system can open it. */
  sealed: z.string(),
  status: ItemStatus,
});
export type CompactionItem = z.infer<typeof CompactionItem>;

/** One entry of a conversation: input of the caller, output of the model, or a call and output of a tool. */
export const Item = z.discriminatedUnion('type', [
  MessageItem,
  FunctionCallItem,
  FunctionCallOutputItem,
  ReasoningItem,
  McpListToolsItem,
  ApprovalResponseItem,
  AdditionalToolsItem,
  CompactionItem,
]);
export type Item = z.infer<typeof Item>;

/** Whether an item is a message of a rejected answer. */
export function isRejected(item: Item): item is MessageItem & { rejection: string } {
  return item.type === 'message' && item.rejection !== undefined;
}

/** The faults of the rejected answers of an output, in their order. */
export function rejectionsIn(output: readonly Item[]): string[] {
  return output.flatMap((item) => (isRejected(item) && item.rejection !== '' ? [item.rejection] : []));
}

/** The text of a message or of a tool's output: the texts of its parts, joined. */
export function textOf(content: string | readonly ContentPart[]): string {
  if (typeof content === 'string') return content;
  let text = '';
  for (const part of content) if (part.type === 'text') text += part.text;
  return text;
}
