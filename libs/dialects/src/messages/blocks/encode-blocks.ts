import {
  type Citation,
  type FunctionCallItem,
  type FunctionCallOutputItem,
  isRejected,
  type Item,
  type MessageItem,
  ownLabel,
  type ReasoningItem,
  type Response,
} from '@antiphon/contracts';
import type { z } from 'zod';
import { argumentsOf } from '../../common/call-arguments.ts';
import { pairOutputs } from '../../common/call-outputs.ts';
import { spokenText } from '../../common/spoken-text.ts';
import { encodeSearchResult, searchInput, searchName } from './search-blocks.ts';
import type * as replies from '../reply-schema.ts';

export type ContentBlock = z.input<typeof replies.ContentBlock>;

/** The output of a response as content blocks. A call that was cut short is left out: its input is not whole. */
export function encodeContent(response: Response): ContentBlock[] {
  const { output, settings } = response;
  const calls = new Map<FunctionCallOutputItem, FunctionCallItem>();
  for (const [call, answer] of pairOutputs(output)) calls.set(answer, call);
  return output.flatMap((item): ContentBlock[] => {
    switch (item.type) {
      case 'message':
        return isRejected(item) ? [] : encodeText(item);
      case 'reasoning':
        return [encodeThought(item, hidesThoughts(settings))];
      case 'function_call':
        return item.status === 'incomplete' || isOfNoTool(item, response) ? [] : [encodeCall(item)];
      case 'function_call_output': {
        const call = calls.get(item);
        return call && isOfNoTool(call, response) ? [] : [encodeResult(item, call)];
      }
      case 'mcp_list_tools':
      case 'additional_tools':
      case 'approval_response':
      case 'compaction':
        return [];
    }
  });
}

/**
 * Whether a call names a tool that the request does not have. The run refuses such a call and the model goes on; its client never sees the call,
 * since no block of the API has a place for it.
 */
export function isOfNoTool(
  { executor, serverLabel, kind, name }: FunctionCallItem,
  { serverTools }: Pick<Response, 'serverTools'>,
): boolean {
  return (
    executor === 'server' &&
    serverLabel === null &&
    kind === undefined &&
    serverTools !== 'all' &&
    !serverTools.includes(name)
  );
}

/** Whether the request wants the signatures of thoughts without their text: it asks for thoughts, and not for their summary. */
export function hidesThoughts({ reasoningEffort: effort, reasoningSummary }: Response['settings']): boolean {
  return effort !== null && effort !== 'none' && reasoningSummary === undefined;
}

function encodeText(item: MessageItem): ContentBlock[] {
  const text = spokenText(item.content);
  if (text === '') return [];
  const citations = item.content.flatMap((part) => (part.type === 'text' ? (part.citations ?? []) : []));
  return [{ type: 'text', text, citations: citations.length > 0 ? citations.map(encodeCitation) : null }];
}

/** The form for pages that were found. Their text and place in the search are not known here. */
export function encodeCitation({ url, title }: Citation): z.input<typeof replies.Citation> {
  const type = 'web_search_result_location';
  return { type, url, title: title === '' ? null : title, cited_text: '', encrypted_index: '' };
}

/** The signature is the sealed thought: only this server can open it, for the same caller. */
function encodeThought({ text, sealed }: ReasoningItem, isHidden: boolean): ContentBlock {
  return { type: 'thinking', thinking: isHidden ? '' : text, signature: sealed ?? '' };
}

/** A call with its input. Arguments that are no JSON object are in the input as they came. */
export function encodeCall(call: FunctionCallItem): ContentBlock {
  const begun = encodeBegunCall(call);
  if (begun.type === 'server_tool_use') return { ...begun, input: searchInput(call) };
  return { ...begun, input: argumentsOf(call) ?? { unreadable_arguments: call.arguments } };
}

/** A call as its stream begins it: without input. */
export function encodeBegunCall(call: FunctionCallItem): ContentBlock & { input: object } {
  const { callId: id, name, serverLabel, serverToolName } = call;
  const caller = { type: 'direct' as const };
  if (call.executor === 'client') return { type: 'tool_use', id, name, input: {}, caller };
  if (call.kind === 'web_search') return { type: 'server_tool_use', id, name: searchName, input: {}, caller };
  return {
    type: 'mcp_tool_use',
    id,
    name: serverToolName ?? name,
    server_name: serverLabel ?? ownLabel,
    input: {},
  };
}

/** The result of a server's tool. */
export function encodeResult(
  { callId, output }: FunctionCallOutputItem,
  call: FunctionCallItem | undefined,
): ContentBlock {
  if (call?.kind === 'web_search') return encodeSearchResult(call);
  const text = spokenText(output);
  return {
    type: 'mcp_tool_result',
    tool_use_id: callId,
    is_error: (call?.error ?? null) !== null,
    content: [{ type: 'text', text, citations: null }],
  };
}

/** A call of a server's tool that an operator's rule holds back for approval, which this API cannot give. */
export function callToApprove({ status, output }: Response): FunctionCallItem | undefined {
  if (status !== 'requires_action') return undefined;
  return output.find(
    (item): item is FunctionCallItem & Item =>
      item.type === 'function_call' && item.state === 'pending_approval',
  );
}
