import type { FunctionCallItem, FunctionCallOutputItem, Item } from '@antiphon/contracts';

/**
 * Which output answers which call. Outputs come in the order the tools finished, and some models name their calls anew in every turn, so
 * an output belongs to the latest call of its name before it.
 */
export function pairOutputs(items: readonly Item[]): Map<FunctionCallItem, FunctionCallOutputItem> {
  const calls = new Map<string, FunctionCallItem>();
  const outputs = new Map<FunctionCallItem, FunctionCallOutputItem>();
  for (const item of items) {
    if (item.type === 'function_call') calls.set(item.callId, item);
    if (item.type !== 'function_call_output') continue;
    const call = calls.get(item.callId);
    if (call) outputs.set(call, item);
  }
  return outputs;
}

/** Whether a tool of ours ran, so that sending the request again would run it again. */
export function hasRunTools(items: readonly Item[]): boolean {
  return items.some(
    (item) => item.type === 'function_call' && item.executor === 'server' && item.startedAt !== null,
  );
}
