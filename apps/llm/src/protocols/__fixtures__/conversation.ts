import {
  type ContentPart,
  functionCall,
  type FunctionCallItem,
  type Item,
  type JsonObject,
  type ModelTool,
} from '@antiphon/contracts';

/** Items of conversations for specs. */

export function said(role: 'user' | 'assistant' | 'system' | 'developer', content: string | ContentPart[]): Item {
  const parts: ContentPart[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  return { type: 'message', id: 'msg', role, content: parts, status: 'completed' };
}

export function called(callId: string, name: string, args: string, more: Partial<FunctionCallItem> = {}): Item {
  return functionCall({ id: 'fc', callId, name, executor: 'client', arguments: args, ...more });
}

export function output(callId: string, content: string | ContentPart[]): Item {
  return { type: 'function_call_output', id: 'fco', callId, output: content, status: 'completed' };
}

export function thought(provider: string, details: JsonObject[], text = 'hm'): Item {
  return {
    type: 'reasoning',
    id: 'rs',
    text,
    status: 'completed',
    origin: { provider, details },
  };
}

export function tool(name: string, parameters: JsonObject | null = null, more: Partial<ModelTool> = {}): ModelTool {
  return { name, description: `Does ${name}`, parameters, strict: null, ...more };
}

/** A conversation of another provider, with everything that APIs of content blocks do not accept as it is. */
export const foreignHistory: Item[] = [
  said('assistant', 'Welcome aboard.'),
  said('developer', 'Be brief.'),
  said('user', 'Which tides?'),
  thought('elsewhere', [{ type: 'reasoning.encrypted', data: 'secret' }]),
  called('call|1', 'sea.tide', '{"port":"Brest"}'),
  called('0', 'sea.tide', ''),
  output('call|1', 'high at 5'),
  said('assistant', 'One more.'),
  called('0', 'sea.tide', '{"port":'),
  output('0', ''),
  output('lost', 'from before'),
  said('user', ''),
  said('assistant', '  '),
];
