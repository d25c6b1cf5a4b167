import type { FunctionCallItem, FunctionCallOutputItem, Item } from '@antiphon/contracts';

/**
 * Matches outputs with calls. Outputs come in the order in which the tools finished, and some models reuse call ids in every turn, so
 * an output belongs to the latest call with its id before it.
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

/** Whether a server tool ran, so that a repeated request would run it again. */
export function hasRunTools(items: readonly Item[]): boolean {
  return items.some(
    (item) => item.type === 'function_call' && item.executor === 'server' && item.startedAt !== null,
  );
}
