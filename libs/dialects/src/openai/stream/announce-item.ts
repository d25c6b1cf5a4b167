import type { FunctionCallItem, FunctionCallOutputItem, Item, McpListToolsItem } from '@antiphon/contracts';
import { encodeItem, encodeOutput, isApprovalRequest, outputTypeOf } from '../items/encode-items.ts';
import { toolTypeOf } from '../tool-types/registry.ts';
import { announceApprovalRequest, announceFunctionCall, announceServerCall } from './announce-call.ts';
import { announceMessage } from './announce-message.ts';
import { announceReasoning } from './announce-reasoning.ts';
import type { Emit, OpenItem } from '../../common/stream/open-item.ts';

/** Opens an item on the stream. `call` is the call of an output, where that is known. */
export function announceItem(
  emit: Emit,
  item: Item,
  outputIndex: number,
  include: readonly string[],
  call?: FunctionCallItem,
): OpenItem {
  switch (item.type) {
    case 'message':
      return announceMessage(emit, item, outputIndex);
    case 'reasoning':
      return announceReasoning(emit, item, outputIndex);
    case 'function_call':
      if (isApprovalRequest(item)) return announceApprovalRequest(emit, outputIndex);
      if (item.kind) return toolTypeOf(item.kind).announce(emit, item, outputIndex, include);
      return item.executor === 'client'
        ? announceFunctionCall(emit, item, outputIndex)
        : announceServerCall(emit, item, outputIndex);
    case 'mcp_list_tools':
      return announceListedTools(emit, item, outputIndex);
    case 'function_call_output':
      return announceOutput(emit, item, outputIndex, call);
    case 'compaction': {
      const announced = announceWhole(emit, item, outputIndex);
      emit('response.compaction.compacting', { item_id: item.id, output_index: outputIndex });
      return announced;
    }
    case 'approval_response':
    case 'additional_tools':
      return announceWhole(emit, item, outputIndex);
  }
}

function announceListedTools(emit: Emit, begun: McpListToolsItem, outputIndex: number): OpenItem {
  const place = { item_id: begun.id, output_index: outputIndex };
  emit('response.output_item.added', {
    output_index: outputIndex,
    item: encodeItem({ ...begun, tools: [] }),
  });
  emit('response.mcp_list_tools.in_progress', place);
  const finish = (item: Item): boolean => {
    const isListed = item.type === 'mcp_list_tools' && item.status === 'completed' && item.error === null;
    emit(`response.mcp_list_tools.${isListed ? 'completed' : 'failed'}`, place);
    emit('response.output_item.done', { output_index: outputIndex, item: encodeItem(item) });
    return true;
  };
  return { delta: () => undefined, finish, close: finish };
}

/** An item without deltas: its `added` event has no content, its `done` event all of it. */
function announceWhole(emit: Emit, begun: Item, outputIndex: number): OpenItem {
  emit('response.output_item.added', { output_index: outputIndex, item: encodeItem(begun) });
  const finish = (item: Item): boolean => {
    emit('response.output_item.done', { output_index: outputIndex, item: encodeItem(item) });
    return true;
  };
  return { delta: () => undefined, finish, close: finish };
}

/** An output with an item of its own: its content has events where its type has some, and is whole in its `done` event. */
function announceOutput(
  emit: Emit,
  begun: FunctionCallOutputItem,
  outputIndex: number,
  call: FunctionCallItem | undefined,
): OpenItem {
  emit('response.output_item.added', { output_index: outputIndex, item: encodeOutput(begun, call) });
  const finish = (item: Item): boolean => {
    const output = item.type === 'function_call_output' ? item : begun;
    outputTypeOf(output, call)?.outputEvents?.(emit, output, outputIndex, call);
    emit('response.output_item.done', { output_index: outputIndex, item: encodeOutput(output, call) });
    return true;
  };
  return { delta: () => undefined, finish, close: finish };
}
