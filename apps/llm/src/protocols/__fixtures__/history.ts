import { functionCall, type Item, type ModelDelta } from '@antiphon/contracts';

/** The items that a run makes of an answer: thoughts, a message and calls. */
export function itemsOf(deltas: readonly ModelDelta[]): Item[] {
  const items: Item[] = [];
  const calls: (Item & { type: 'function_call' })[] = [];
  const thought = (): Item & { type: 'reasoning' } => {
    const open = items.findLast((item) => item.type === 'reasoning');
    if (open) return open;
    const made = { type: 'reasoning', id: 'rs', text: '', status: 'completed' } as const;
    items.push(made);
    return thought();
  };
  for (const delta of deltas) {
    if (delta.type === 'reasoning') thought().text += delta.text;
    if (delta.type === 'reasoning_origin') thought().origin = delta.origin;
    if (delta.type === 'text') {
      const last = items.at(-1);
      const message = last?.type === 'message' ? last : undefined;
      const part = message?.content[0];
      if (part?.type === 'text') part.text += delta.text;
      else
        items.push({
          ...{ type: 'message', id: 'msg', role: 'assistant', status: 'completed' },
          content: [{ type: 'text', text: delta.text }],
        });
    }
    if (delta.type === 'call') {
      const call = functionCall({ id: 'fc', callId: delta.callId, name: delta.name, executor: 'client' });
      calls.push(call);
      items.push(call);
    }
    const call = 'call' in delta ? calls[delta.call] : undefined;
    if (delta.type === 'arguments' && call) call.arguments += delta.text;
    if (delta.type === 'call_origin' && call) call.origin = delta.origin;
  }
  return items;
}

export function said(text: string): Item {
  return { type: 'message', id: 'msg', role: 'user', content: [{ type: 'text', text }], status: 'completed' };
}

export function outputOf(callId: string, output: string): Item {
  return { type: 'function_call_output', id: 'out', callId, output, status: 'completed' };
}
