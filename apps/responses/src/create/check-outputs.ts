import { AppError, type Item } from '@antiphon/contracts';

/**
 * A client that runs its own tools must send an output for every call it received, and no others: a model answers half of a turn with
 * nonsense. Throws `invalid_request`.
 */
export function checkOutputs(history: readonly Item[], input: readonly Item[]): void {
  const context = [...history, ...input];
  const called = new Set(context.flatMap((item) => (item.type === 'function_call' ? [item.callId] : [])));
  const answered = new Set(
    context.flatMap((item) => (item.type === 'function_call_output' ? [item.callId] : [])),
  );
  for (const item of context) {
    const isOpen =
      item.type === 'function_call' &&
      item.executor === 'client' &&
      item.status === 'completed' &&
      !answered.has(item.callId);
    if (isOpen) refuse(`No tool output found for function call ${item.callId}.`);
  }
  for (const item of input) {
    if (item.type === 'function_call_output' && !called.has(item.callId))
      refuse(`No tool call found for function call output with call_id ${item.callId}.`);
  }
}

function refuse(message: string): never {
  throw new AppError('invalid_request', message, { param: 'input' });
}
