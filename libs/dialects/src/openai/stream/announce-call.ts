import type { FunctionCallItem, Item } from '@antiphon/contracts';
import { encodeApprovalRequest, encodeItem, encodeServerCall } from '../items/encode-items.ts';
import { shownName } from '../tools/tool-names.ts';
import { type Emit, type OpenItem, restOf } from '../../common/stream/open-item.ts';
import { openServerCall } from './open-call.ts';

/** A call of the caller's own function: done when its arguments are. */
export function announceFunctionCall(emit: Emit, call: FunctionCallItem, outputIndex: number): OpenItem {
  emit('response.output_item.added', {
    output_index: outputIndex,
    item: encodeItem({ ...call, arguments: '', status: 'in_progress' }),
  });
  const place = { item_id: call.id, output_index: outputIndex };
  let written = '';

  const say = (text: string): void => {
    if (text === '') return;
    written += text;
    emit('response.function_call_arguments.delta', { ...place, delta: text });
  };
  const finish = (item: Item): boolean => {
    const final = item.type === 'function_call' ? item.arguments : written;
    say(restOf(final, written));
    emit('response.function_call_arguments.done', { ...place, name: shownName(call).name, arguments: final });
    emit('response.output_item.done', { output_index: outputIndex, item: encodeItem(item) });
    return true;
  };

  return { delta: (_kind, text) => say(text), finish, close: finish };
}

/** A call of a server's tool: done when the tool has returned and its output is there, or when the call will not run. */
export function announceServerCall(emit: Emit, begun: FunctionCallItem, outputIndex: number): OpenItem {
  const place = { item_id: begun.id, output_index: outputIndex };
  const call: FunctionCallItem = { ...begun, arguments: '' };
  let written = '';
  let haveArgumentsEnded = false;

  emit('response.output_item.added', {
    output_index: outputIndex,
    item: encodeServerCall(call, { output: undefined, isOver: false }),
  });
  emit('response.mcp_call.in_progress', place);

  const say = (text: string): void => {
    if (text === '') return;
    written += text;
    emit('response.mcp_call_arguments.delta', { ...place, delta: text });
  };
  return openServerCall(call, {
    delta: say,
    changed(item) {
      if (haveArgumentsEnded) return;
      haveArgumentsEnded = true;
      say(restOf(item.arguments, written));
      emit('response.mcp_call_arguments.done', { ...place, arguments: item.arguments });
    },
    end(item, output) {
      const shown = encodeServerCall(item, { output, isOver: true });
      if (shown.status !== 'incomplete') emit(`response.mcp_call.${shown.status}`, place);
      emit('response.output_item.done', { output_index: outputIndex, item: shown });
    },
  });
}

/** A call that waits for approval is written when it is complete: its events come together. */
export function announceApprovalRequest(emit: Emit, outputIndex: number): OpenItem {
  const finish = (call: Item): boolean => {
    if (call.type !== 'function_call') return false;
    const item = encodeApprovalRequest(call);
    emit('response.output_item.added', { output_index: outputIndex, item });
    emit('response.output_item.done', { output_index: outputIndex, item });
    return true;
  };
  return { delta: () => undefined, finish, close: finish };
}
