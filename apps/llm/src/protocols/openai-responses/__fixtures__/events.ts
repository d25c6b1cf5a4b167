/* Events of a streamed response, and items within them. */

/** An event, or an item within one. */
export type Event = Record<string, unknown>;

export const created: Event = { type: 'response.created', response: { status: 'in_progress', model: 'gpt-x' } };
export const usage = {
  input_tokens: 9,
  input_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
  output_tokens: 5,
  output_tokens_details: { reasoning_tokens: 3 },
  total_tokens: 14,
};
export const completed: Event = {
  type: 'response.completed',
  response: { status: 'completed', model: 'gpt-x', service_tier: 'flex', usage, output: [] },
};
export const added = (index: number, item: Event): Event => ({
  type: 'response.output_item.added',
  output_index: index,
  item,
});
export const done = (index: number, item: Event): Event => ({
  type: 'response.output_item.done',
  output_index: index,
  item,
});
export const text = (index: number, delta: string, more: Event = {}): Event => ({
  type: 'response.output_text.delta',
  output_index: index,
  content_index: 0,
  delta,
  ...more,
});
export const summary = (index: number, part: number, delta: string): Event => ({
  type: 'response.reasoning_summary_text.delta',
  output_index: index,
  summary_index: part,
  delta,
});
export const args = (index: number, delta: string): Event => ({
  type: 'response.function_call_arguments.delta',
  output_index: index,
  delta,
});
export const call = (id: string, more: Event = {}): Event => ({
  type: 'function_call',
  id: `fc_${id}`,
  call_id: id,
  name: 'add',
  arguments: '',
  ...more,
});
export const says = (content: Event[], id = 'msg_1'): Event => ({ type: 'message', id, role: 'assistant', content });
export const outputText = (said: string, more: Event = {}): Event => ({ type: 'output_text', text: said, ...more });
