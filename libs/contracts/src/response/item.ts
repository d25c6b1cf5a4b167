import { z } from 'zod';
import { ErrorInfo } from '../errors.ts';
import { JsonObject } from '../json.ts';
import { LeftOutTool, ListedTool, ToolFilter } from './tool.ts';

const LikelyToken = z.object({
  token: z.string(),
  logprob: z.number(),
  /** Its UTF-8: a token may be a part of a character. */
  bytes: z.array(z.number().int()),
});

/** How likely a token was, and which were the likeliest in its place. */
export const TokenLogprob = LikelyToken.extend({ top: z.array(LikelyToken) });
export type TokenLogprob = z.infer<typeof TokenLogprob>;

/** A page that a part of a text goes back to; the part is given by places in the text, the end not included. */
export const Citation = z.object({
  url: z.string(),
  title: z.string(),
  startIndex: z.number().int().nonnegative(),
  endIndex: z.number().int().nonnegative(),
});
export type Citation = z.infer<typeof Citation>;

export const TextPart = z.object({
  type: z.literal('text'),
  text: z.string(),
  /** Where the provider gave them. */
  citations: z.array(Citation).optional(),
  /** Where they were asked for and the provider gave them. */
  logprobs: z.array(TokenLogprob).optional(),
});
export const ImagePart = z.object({
  type: z.literal('image'),
  /** An https or data URL. */
  url: z.string(),
  detail: z.enum(['low', 'high', 'auto']).optional(),
});
export type ImagePart = z.infer<typeof ImagePart>;
export const FilePart = z.object({
  type: z.literal('file'),
  filename: z.string().optional(),
  /** A data URL with the file's bytes, or an https URL. */
  url: z.string(),
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
   * Set where the run rejected this answer and asked the model again: what was wrong with it, as the model reads it. Where an answer has
   * several messages, the last one has the text and those before it an empty string. A rejected message stays in the output as the
   * journal of the run, and is no part of what the response says.
   */
  rejection: z.string().optional(),
});
export type MessageItem = z.infer<typeof MessageItem>;

/**
 * Where a call stands. The stored call is the journal of a run: `proposed` came with the request and nothing about it is settled yet, the
 * two `pending` states wait for the caller, `approved` may run but has not begun, `started` is committed before a tool runs and `done`
 * after, so that whoever takes a run over knows what may have taken effect.
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
 * What a provider sent with a call and insists on reading again with it (a signature, say). No other provider is shown it: it would
 * refuse a field that it does not know.
 */
export const CallOrigin = z.object({
  provider: z.string(),
  /** Empty where there is only an id to keep. */
  extraContent: JsonObject,
  /** The provider's own id of the call, where another one was handed out in its place. */
  callId: z.string().optional(),
});
export type CallOrigin = z.infer<typeof CallOrigin>;

/** How a provider sent a thought, so that it can be sent back to the same provider as it came. */
export const ThoughtOrigin = z.object({
  provider: z.string(),
  /** The field of the assistant's message that held its text. */
  field: z.enum(['reasoning_content', 'reasoning']),
  /** The field's name where it is neither of these. */
  sentAs: z.string().optional(),
  /** What the provider keeps of it beside the text (`reasoning_details`): parts, signatures, encrypted thoughts. */
  details: z.array(JsonObject).optional(),
});
export type ThoughtOrigin = z.infer<typeof ThoughtOrigin>;

/** The model asks for a tool. */
export const FunctionCallItem = z.object({
  type: z.literal('function_call'),
  id: z.string(),
  /** The model's own name for the call, which its output refers to. */
  callId: z.string(),
  name: z.string(),
  /** JSON as the model wrote it, or as a decision edited it; it need not parse. */
  arguments: z.string(),
  /** What the model had proposed, where a decision edited it. */
  proposedArguments: z.string().nullable(),
  status: ItemStatus,
  /** Who runs it: we do, or the caller does and sends the output. */
  executor: z.enum(['server', 'client']),
  /** The MCP server whose tool it is, by its label; null: one of our own tools, or a function of the caller. */
  serverLabel: z.string().nullable(),
  /** What that server calls the tool; null where there is no such server. */
  serverToolName: z.string().nullable(),
  /** The call of an earlier response that was decided and is carried on here; null: it was asked for here. */
  approvalRequestId: z.string().nullable(),
  state: CallState,
  /** The tool turn of the run that asked for it, from 0. */
  depth: z.number().int().nonnegative(),
  /** Milliseconds since the epoch. */
  startedAt: z.number().nullable(),
  durationMs: z.number().nonnegative().nullable(),
  /** Set when the tool failed; the model sees the message as the call's output. */
  error: ErrorInfo.nullable(),
  /** Left out where the provider sent nothing of the kind. */
  origin: CallOrigin.optional(),
});
export type FunctionCallItem = z.infer<typeof FunctionCallItem>;

type NewCall = Pick<FunctionCallItem, 'id' | 'callId' | 'name' | 'executor'> & Partial<FunctionCallItem>;

/** A call, done with unless it is said otherwise. */
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

/** What a tool answered, for the model to read. */
export const FunctionCallOutputItem = z.object({
  type: z.literal('function_call_output'),
  id: z.string(),
  callId: z.string(),
  output: z.union([z.string(), z.array(ContentPart)]),
  status: ItemStatus,
});
export type FunctionCallOutputItem = z.infer<typeof FunctionCallOutputItem>;

/** What the model thought before it answered, where the provider shows it. */
export const ReasoningItem = z.object({
  type: z.literal('reasoning'),
  id: z.string(),
  text: z.string(),
  status: ItemStatus,
  /** The request asked for a summary of the thoughts: `text` stands for it. Left out: `text` is the thought in the clear. */
  isSummary: z.boolean().optional(),
  /** Left out where it is not known: the caller sent the thought by its text. */
  origin: ThoughtOrigin.optional(),
  /** The thought for its caller to keep and to send back, where that was asked for: nobody but us can read it. */
  sealed: z.string().optional(),
});
export type ReasoningItem = z.infer<typeof ReasoningItem>;

/** The tools that an MCP server offered a run, or why it could not be asked. Later turns go by it as long as they ask for the same. */
export const McpListToolsItem = z.object({
  type: z.literal('mcp_list_tools'),
  id: z.string(),
  serverLabel: z.string(),
  /** What was asked, as in `RequestServer`. */
  origin: z.string().nullable(),
  allowed: ToolFilter.nullable(),
  tools: z.array(ListedTool),
  /** The tools that were chosen and cannot be offered. Absent: none. */
  leftOut: z.array(LeftOutTool).optional(),
  error: z.string().nullable(),
  status: ItemStatus,
});
export type McpListToolsItem = z.infer<typeof McpListToolsItem>;

/** The caller's word on a call that an earlier response proposed. */
export const ApprovalResponseItem = z.object({
  type: z.literal('approval_response'),
  id: z.string(),
  /** The id of the call's item there. */
  approvalRequestId: z.string(),
  approve: z.boolean(),
  reason: z.string().nullable(),
  status: ItemStatus,
});
export type ApprovalResponseItem = z.infer<typeof ApprovalResponseItem>;

/** One entry of a conversation: what the caller sent, what the model said, what the tools did. */
export const Item = z.discriminatedUnion('type', [
  MessageItem,
  FunctionCallItem,
  FunctionCallOutputItem,
  ReasoningItem,
  McpListToolsItem,
  ApprovalResponseItem,
]);
export type Item = z.infer<typeof Item>;

/** Whether an item is a message of a rejected answer. */
export function isRejected(item: Item): item is MessageItem & { rejection: string } {
  return item.type === 'message' && item.rejection !== undefined;
}

/** What was wrong with each rejected answer of an output, in their order. */
export function rejectionsIn(output: readonly Item[]): string[] {
  return output.flatMap((item) => (isRejected(item) && item.rejection !== '' ? [item.rejection] : []));
}

/** The text of a message or of a tool's output, its parts put together. */
export function textOf(content: string | readonly ContentPart[]): string {
  if (typeof content === 'string') return content;
  let text = '';
  for (const part of content) if (part.type === 'text') text += part.text;
  return text;
}
