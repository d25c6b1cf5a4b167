import { functionCall, type FunctionCallItem, JsonObject, type JsonValue, read } from '@antiphon/contracts';
import { z } from 'zod';
import { encodeAddedTools } from '../tools/encode-declared.ts';
import type { ToolType, WireItem } from './tool-type.ts';

export const ToolSearchTool = z.object({
  execution: z.enum(['server', 'client']).nullish(),
  description: z.string().max(16_384).nullish(),
  parameters: JsonObject.nullish(),
});

const Call = z.object({
  id: z.string().nullish(),
  call_id: z.string().min(1).max(128).nullish(),
  execution: z.enum(['server', 'client']).nullish(),
  arguments: z.unknown().optional(),
});

const kind = 'tool_search';
const describedSearch =
  'Searches for more tools. The tools that it finds can be called afterwards. Search before you say that you cannot do something.';
const query: JsonObject = {
  type: 'object',
  properties: { query: { type: 'string', description: 'What the tools should do, in a few words.' } },
  required: ['query'],
  additionalProperties: false,
};

/**
 * The search for deferred tools: a function that the run answers itself, or that the caller answers with tools of its own. Its output, an item of
 * its own in both cases, is read by `items/added-tools.ts`.
 */
export const toolSearch: ToolType = {
  kind,
  types: [kind],
  isNamed: false,

  decode(tool, path) {
    const { execution, description, parameters } = read(ToolSearchTool, tool, path);
    const declared = read(JsonObject, tool, path);
    if (execution !== 'client') return { kind, options: {}, declared };
    return {
      executor: 'client',
      kind,
      name: kind,
      description: description ?? describedSearch,
      parameters: parameters ?? query,
      strict: null,
      declared,
    };
  },

  items: {
    /** A call without a call id is that of a transcript from OpenAI, whose output stands for both. */
    tool_search_call(value, path, makeId) {
      const { id, call_id: callId, execution, arguments: args } = read(Call, value, path);
      if (!callId) return [];
      const text = typeof args === 'string' ? args : JSON.stringify(args ?? {});
      const ids = { id: makeId('functionCall', id), callId };
      return [functionCall({ ...ids, name: kind, arguments: text, executor: execution ?? 'server', kind })];
    },
  },

  encodeCall,

  encodeOutput: ({ id, status, callId, tools }) => ({
    id,
    type: 'tool_search_output',
    status,
    call_id: shownCallId(callId, tools?.executor ?? 'server'),
    execution: tools?.executor ?? 'server',
    tools: tools ? encodeAddedTools(tools) : [],
  }),

  announce(emit, begun, outputIndex) {
    emit('response.output_item.added', {
      output_index: outputIndex,
      item: encodeCall({ ...begun, arguments: '', status: 'in_progress' }),
    });
    const finish = (item: { type: string }): boolean => {
      const ended = item.type === 'function_call' ? (item as FunctionCallItem) : begun; // by its type
      emit('response.output_item.done', { output_index: outputIndex, item: encodeCall(ended) });
      return true;
    };
    return { delta: () => undefined, finish, close: finish };
  },
};

function encodeCall({ id, status, callId, executor, arguments: text }: FunctionCallItem): WireItem {
  return {
    id,
    type: 'tool_search_call',
    status,
    call_id: shownCallId(callId, executor),
    execution: executor,
    arguments: valueOf(text),
  };
}

/** As at OpenAI, a search of the server has no call id: clients read one as the request to search themselves. */
function shownCallId(callId: string, executor: FunctionCallItem['executor']): string | null {
  return executor === 'client' ? callId : null;
}

/** Arguments are a value on the wire. A text that is no JSON is shown as it is. */
function valueOf(text: string): JsonValue {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as JsonValue; // JSON.parse returns nothing else
  } catch {
    return text;
  }
}
