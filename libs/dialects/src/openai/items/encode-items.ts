import {
  ownLabel,
  textOf,
  wasDecidedInPlace,
  type ApprovalResponseItem,
  type FunctionCallItem,
  type FunctionCallOutputItem,
  type Item,
  type McpListToolsItem,
  type MessageItem,
  type ReasoningItem,
} from '@antiphon/contracts';
import type { z } from 'zod';
import { encodePart } from './encode-content.ts';
import { pairOutputs } from '../../common/call-outputs.ts';
import { unixTime } from '../../common/times.ts';
import type * as replies from '../replies/item.ts';
import { toolTypeOf } from '../tool-types/registry.ts';
import { encodeAddedTools } from '../tools/encode-declared.ts';
import { shownName } from '../tools/tool-names.ts';
import type { ToolType } from '../tool-types/tool-type.ts';

const imagesOfMessages = 'message.input_image.image_url';
const imagesOfScreens = 'computer_call_output.output.image_url';

export type WireItem = z.input<typeof replies.Item>;
type WireServerCall = Extract<WireItem, { type: 'mcp_call' }>;

/**
 * Items in the wire's form. A call of a server tool is one item with its output inside, so the output is not a separate item, unless its type has an item
 * for it. A call that was decided in its own response is two items: the request for approval, and in the place of its output the call. Rejected calls are not shown. `isOver`: the items do not change any more. `include`: the optional parts of items; left out, images of the
 * input are shown and other optional parts are not.
 */
export function encodeItems(
  items: readonly Item[],
  { isOver, include }: { isOver: boolean; include?: readonly string[] },
): WireItem[] {
  const outputs = pairOutputs(items);
  const calls = new Map<Item, FunctionCallItem>();
  for (const [call, output] of outputs) calls.set(output, call);
  const encoded = items.flatMap((item) => {
    const answered = calls.get(item);
    const encodeCall = (call: FunctionCallItem, output: FunctionCallOutputItem | undefined) => {
      const progress = { output, isOver, include: include ?? [] };
      return call.kind ? toolTypeOf(call.kind).encodeCall(call, progress) : encodeServerCall(call, progress);
    };
    if (isRejectedCall(item)) return [];
    if (item.type === 'function_call_output') {
      if (!answered || !hasOutputInside(answered)) return encodeOutput(item, answered);
      return wasDecidedInPlace(answered) ? encodeCall(decidedCall(answered), item) : [];
    }
    if (item.type !== 'function_call' || item.executor === 'client') return encodeItem(item);
    return isApprovalRequest(item) ? encodeApprovalRequest(item) : encodeCall(item, outputs.get(item));
  });
  return include ? encoded.map((item) => withIncludedImages(item, include)) : encoded;
}

/** An item of an input has its images where the request includes them: their data is large. Images that a model made are part of its answer. */
function withIncludedImages(item: WireItem, include: readonly string[]): WireItem {
  if (item.type === 'message' && item.role !== 'assistant' && !include.includes(imagesOfMessages))
    return { ...item, content: item.content.map(withoutImage) };
  if (item.type === 'computer_call_output' && !include.includes(imagesOfScreens))
    return {
      ...item,
      output: { type: item.output.type, ...(item.output.file_id && { file_id: item.output.file_id }) },
    };
  return item;
}

function withoutImage<Part extends { type: string }>(part: Part): Part {
  return part.type === 'input_image' ? { ...part, image_url: null } : part;
}

/** Whether the output of a call has no item of its own: it is part of the call's item, or as hidden as a rejected call. */
export function hasOutputInside({ executor, kind, rejection }: FunctionCallItem): boolean {
  if (rejection !== undefined) return true;
  return executor === 'server' && !(kind && toolTypeOf(kind).encodeOutput);
}

/** Whether the run rejected a call, which the caller therefore does not see. */
export function isRejectedCall(item: Item): boolean {
  return item.type === 'function_call' && item.rejection !== undefined;
}

/** Whether a call is shown as a request for approval: it waits, or was decided in its own response. */
export function isApprovalRequest(call: FunctionCallItem): boolean {
  return call.state === 'pending_approval' || wasDecidedInPlace(call);
}

/** The call that follows its own request for approval in one response: an item of its own. */
export function decidedCall(call: FunctionCallItem): FunctionCallItem {
  return { ...call, id: call.id.replace(/^fc_/, 'mcp_') };
}

/** Any item but a call of a server's tool. */
export function encodeItem(item: Item): WireItem {
  switch (item.type) {
    case 'message':
      return encodeMessage(item);
    case 'function_call':
      return item.kind
        ? toolTypeOf(item.kind).encodeCall(item, { output: undefined, isOver: true, include: [] })
        : encodeFunctionCall(item);
    case 'function_call_output':
      return encodeOutput(item, undefined);
    case 'reasoning':
      return encodeReasoning(item);
    case 'mcp_list_tools':
      return encodeListedTools(item);
    case 'approval_response':
      return encodeApprovalResponse(item);
    case 'compaction':
      return { id: item.id, type: item.type, encrypted_content: item.sealed };
    case 'additional_tools':
      return {
        id: item.id,
        type: item.type,
        role: 'developer',
        tools: encodeAddedTools(item.tools),
      };
  }
}

/** An output with an item of its own. `call` is its call, where that is known. */
export function encodeOutput(output: FunctionCallOutputItem, call: FunctionCallItem | undefined): WireItem {
  return outputTypeOf(output, call)?.encodeOutput?.(output, call) ?? encodeFunctionCallOutput(output);
}

/** The tool type of an output; undefined for those of functions. */
export function outputTypeOf(
  output: FunctionCallOutputItem,
  call: FunctionCallItem | undefined,
): ToolType | undefined {
  const kind = output.kind ?? (call?.executor === 'server' ? call.kind : undefined);
  return kind && toolTypeOf(kind);
}

/** A rejected answer has no text here, since clients join the texts of all messages. */
function encodeMessage({ id, role, content, status, rejection }: MessageItem): WireItem {
  if (rejection !== undefined) return { id, type: 'message', status, role, content: [] };
  return { id, type: 'message', status, role, content: content.map((part) => encodePart(part, role)) };
}

function encodeFunctionCall(call: FunctionCallItem): WireItem {
  const { id, status, callId } = call;
  return {
    id,
    type: 'function_call',
    status,
    call_id: callId,
    ...shownName(call),
    arguments: call.arguments,
  };
}

/** The text is a summary where the request asked for one, else the thought itself. */
function encodeReasoning({ id, text, status, isSummary, sealed }: ReasoningItem): WireItem {
  const parts = <Type extends string>(type: Type) => (text === '' ? [] : [{ type, text }]);
  return {
    id,
    type: 'reasoning',
    status,
    summary: isSummary ? parts('summary_text') : [],
    ...(!isSummary && { content: parts('reasoning_text') }),
    ...(sealed !== undefined && { encrypted_content: sealed }),
  };
}

function encodeListedTools({ id, serverLabel: label, tools, leftOut, error }: McpListToolsItem): WireItem {
  return {
    id,
    type: 'mcp_list_tools',
    server_label: label,
    tools: tools.map(({ name, tool }) => ({
      name,
      description: tool.description,
      input_schema: tool.parameters,
      annotations: {
        readOnlyHint: tool.annotations.readOnly,
        idempotentHint: tool.annotations.idempotent,
        destructiveHint: tool.annotations.destructive,
      },
    })),
    ...(leftOut && leftOut.length > 0 && { left_out: leftOut }),
    // Set only for a failed call, as at OpenAI: stock clients refuse a null here.
    ...(error !== null && { error }),
  };
}

/** A decision of the response itself has more than an input's approval: one of the four actions, its user and time. */
function encodeApprovalResponse(item: ApprovalResponseItem): WireItem {
  const { id, approvalRequestId, approve, reason, decision } = item;
  return {
    id,
    type: 'mcp_approval_response',
    approval_request_id: approvalRequestId,
    approve,
    reason,
    ...(decision && {
      action: decision.action,
      decided_by: decision.userId,
      decided_at: unixTime(decision.decidedAt),
    }),
  };
}

/** A call that waits for its caller's approval, or waited, with the arguments that the model proposed. */
export function encodeApprovalRequest(call: FunctionCallItem): WireItem {
  const { id, proposedArguments, arguments: args } = call;
  return { id, type: 'mcp_approval_request', ...encodeTool(call), arguments: proposedArguments ?? args };
}

function encodeTool({ name, serverLabel, serverToolName }: FunctionCallItem) {
  return { server_label: serverLabel ?? ownLabel, name: serverToolName ?? name };
}

/** `isOver`: a call without output does not get one any more. */
export function encodeServerCall(
  call: FunctionCallItem,
  { output, isOver }: { output: FunctionCallOutputItem | undefined; isOver: boolean },
): WireServerCall {
  const text = output ? textOf(output.output) : null;
  const failure = text ?? call.error?.message ?? '';
  return {
    id: call.id,
    type: 'mcp_call',
    status: serverCallStatus(call, { isAnswered: output !== undefined, isOver }),
    ...encodeTool(call),
    arguments: call.arguments,
    output: call.error === null ? text : null,
    error:
      call.error === null
        ? null
        : { type: 'mcp_tool_execution_error', content: [{ type: 'text', text: failure }] },
    approval_request_id: call.approvalRequestId,
  };
}

function serverCallStatus(
  call: FunctionCallItem,
  { isAnswered, isOver }: { isAnswered: boolean; isOver: boolean },
): WireServerCall['status'] {
  if (call.status === 'incomplete') return 'incomplete';
  if (call.error !== null) return 'failed';
  if (isAnswered) return 'completed';
  return isOver ? 'incomplete' : 'in_progress';
}

function encodeFunctionCallOutput({ id, status, callId, output }: FunctionCallOutputItem): WireItem {
  return {
    id,
    type: 'function_call_output',
    status,
    call_id: callId,
    output: typeof output === 'string' ? output : output.map((part) => encodePart(part, 'user')),
  };
}
