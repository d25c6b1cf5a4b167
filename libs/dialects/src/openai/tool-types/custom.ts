import {
  type ClientTool,
  functionCall,
  type FunctionCallItem,
  Grammar,
  JsonObject,
  type JsonValue,
  read,
  ToolName,
} from '@antiphon/contracts';
import { z } from 'zod';
import { decodeContent } from '../../common/content-part.ts';
import { restOf } from '../../common/stream/open-item.ts';
import { encodePart } from '../items/encode-content.ts';
import { AllowedCallers } from '../schema.ts';
import { calledName, shownName } from '../tools/tool-names.ts';
import { InputReader, textArgumentOf } from './input-reader.ts';
import type { ToolType, WireItem } from './tool-type.ts';

/** Characters of a grammar. */
const definitionMax = 65_536;

const Format = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({
    type: z.literal('grammar'),
    syntax: Grammar.shape.syntax,
    definition: z.string().min(1).max(definitionMax),
  }),
]);

export const CustomTool = z.object({
  name: ToolName,
  description: z.string().nullish(),
  format: Format.nullish(),
  allowed_callers: AllowedCallers.nullish(),
  async: z.literal(false, 'must be left out, or false: a model waits for the outputs of its calls').nullish(),
  defer_loading: z.boolean().nullish(),
});

const Call = z.object({
  id: z.string().nullish(),
  call_id: z.string().min(1).max(128),
  name: z.string().min(1).max(128),
  namespace: ToolName.nullish(),
  input: z.string(),
});
const Output = z.object({
  id: z.string().nullish(),
  call_id: z.string().min(1).max(128),
  output: z.unknown().optional(),
});

/**
 * A tool of the caller whose input is free text. A model calls it as a function with one string, `input`; a provider that has custom tools gets it
 * with its grammar. Here the input is checked against a grammar that is a regular expression.
 */
export const custom = {
  kind: 'custom',
  types: ['custom'],
  isNamed: true,

  decode(tool, path): ClientTool {
    const { name, description, format, defer_loading: isDeferred } = read(CustomTool, tool, path);
    const grammar =
      format?.type === 'grammar' ? { syntax: format.syntax, definition: format.definition } : null;
    return {
      executor: 'client',
      kind: 'custom',
      name,
      description: description ?? null,
      parameters: objectWith({ type: 'string', description: describeInput(grammar) }),
      strict: null,
      declared: read(JsonObject, tool, path),
      ...(isDeferred && { isDeferred }),
      ...(grammar && { grammar }),
      ...(grammar?.syntax === 'regex' && {
        checkedBy: objectWith({ type: 'string', pattern: `^(?:${grammar.definition})$` }),
      }),
    };
  },

  items: {
    custom_tool_call(value, path, makeId) {
      const { id, call_id: callId, input, ...called } = read(Call, value, path);
      const args = JSON.stringify({ input });
      const call = { id: makeId('functionCall', id), callId, ...calledName(called), arguments: args };
      return [functionCall({ ...call, executor: 'client', kind: 'custom' })];
    },
    custom_tool_call_output(value, path, makeId) {
      const { id, call_id: callId, output } = read(Output, value, path);
      return [
        {
          type: 'function_call_output',
          id: makeId('functionCallOutput', id),
          callId,
          output: typeof output === 'string' ? output : decodeContent(output, [...path, 'output']),
          status: 'completed',
          kind: 'custom',
        },
      ];
    },
  },

  encodeCall: (call) => encodeCall(call, inputOf(call)),

  encodeOutput: ({ id, status, callId, output }) => ({
    id,
    type: 'custom_tool_call_output',
    status,
    call_id: callId,
    output: typeof output === 'string' ? output : output.map((part) => encodePart(part, 'user')),
  }),

  announce(emit, call, outputIndex) {
    emit('response.output_item.added', {
      output_index: outputIndex,
      item: encodeCall({ ...call, status: 'in_progress' }, ''),
    });
    const place = { item_id: call.id, output_index: outputIndex };
    const reader = new InputReader('input');
    let written = '';
    const say = (text: string): void => {
      if (text === '') return;
      written += text;
      emit('response.custom_tool_call_input.delta', { ...place, delta: text });
    };
    const finish = (item: { type: string }): boolean => {
      const ended = item.type === 'function_call' ? (item as FunctionCallItem) : call; // by its type
      const input = inputOf(ended);
      say(restOf(input, written));
      emit('response.custom_tool_call_input.done', { ...place, input });
      emit('response.output_item.done', { output_index: outputIndex, item: encodeCall(ended, input) });
      return true;
    };
    return { delta: (_kind, text) => say(reader.read(text)), finish, close: finish };
  },
} satisfies ToolType;

function encodeCall(call: FunctionCallItem, input: string): WireItem {
  const { id, status, callId } = call;
  return { id, type: 'custom_tool_call', status, call_id: callId, ...shownName(call), input };
}

function inputOf(call: Pick<FunctionCallItem, 'arguments'>): string {
  return textArgumentOf(call, 'input');
}

function objectWith(input: Record<string, JsonValue>): JsonObject {
  return { type: 'object', properties: { input }, required: ['input'], additionalProperties: false };
}

function describeInput(grammar: Grammar | null): string {
  if (!grammar) return 'The input of the tool, as plain text.';
  const name = grammar.syntax === 'regex' ? 'regular expression' : 'Lark grammar';
  return `The input of the tool, as plain text. The whole text must match this ${name}:\n${grammar.definition}`;
}
