import {
  functionCall,
  type ClientTool,
  type ClientToolKind,
  type FunctionCallItem,
  type FunctionCallOutputItem,
  JsonObject,
  read,
  type RequestPath,
} from '@antiphon/contracts';
import { z } from 'zod';
import type { Emit } from '../../../common/stream/open-item.ts';
import { argumentsOf } from '../../../common/call-arguments.ts';
import type { ToolType, WireItem } from '../tool-type.ts';

/** The part of a wire item that depends on its type. */
type Fields = Record<string, unknown>;

/** A tool type whose calls name an action that the caller carries out: a model calls it as a function with the action as arguments. */
export interface ActionTool<Arguments extends z.ZodObject> {
  kind: ClientToolKind;
  types: readonly string[];
  /** Written for a model, with what the declared tool says. */
  describe(declared: JsonObject): string;
  /** The options of the declared tool. */
  options: z.ZodObject;
  /** A call's arguments. A call that does not fit is refused, and the model calls again. */
  arguments: Arguments;
  /** What the declared tool makes of the arguments: the schema of the check, and one for models where a simpler one does. */
  narrow?(declared: JsonObject): { arguments?: z.ZodObject; offered: JsonObject };
  call: {
    type: string;
    /** `args` is null where a call was cut short before its arguments were whole. */
    encode(args: z.output<Arguments> | null): Fields;
    /** The arguments in an item that a caller sends back. */
    decode(item: unknown, path: RequestPath): z.input<Arguments>;
  };
  output: {
    type: string;
    /** What the model reads, or the parts of a picture. */
    decode(item: unknown, path: RequestPath): FunctionCallOutputItem['output'];
    encode(output: FunctionCallOutputItem['output']): Fields;
  };
  /** The events between the item's first and its last, for types that have some. */
  between?(emit: Emit, args: z.output<Arguments>, outputIndex: number): void;
}

const CallIds = z.object({ id: z.string().nullish(), call_id: z.string().min(1).max(128) });
/** The output of a local shell's call refers to it by `id`. */
const OutputIds = z.union([CallIds, z.object({ id: z.string().min(1).max(128) })]);

/** The tool type of the table for an action tool. */
export function actionTool<Arguments extends z.ZodObject>(tool: ActionTool<Arguments>): ToolType {
  const { kind, call, output } = tool;
  const encodeCall = (item: FunctionCallItem): WireItem => {
    const args = tool.arguments.safeParse(argumentsOf(item)).data ?? null;
    const { id, status, callId } = item;
    return { id, type: call.type, status, call_id: callId, ...call.encode(args) } as WireItem; // by the type's own encoder
  };
  return {
    kind,
    types: tool.types,
    isNamed: false,

    decode(declared, path): ClientTool {
      read(tool.options, declared, path);
      const whole = read(JsonObject, declared, path);
      const narrowed = tool.narrow?.(whole);
      const checkedBy = jsonSchemaOf(narrowed?.arguments ?? tool.arguments);
      return {
        executor: 'client',
        kind,
        name: kind,
        description: tool.describe(whole),
        parameters: narrowed?.offered ?? checkedBy,
        strict: null,
        declared: whole,
        checkedBy,
      };
    },

    items: {
      [call.type](value, path, makeId) {
        const { id, call_id: callId } = read(CallIds, value, path);
        const args = JSON.stringify(call.decode(value, path));
        const ids = { id: makeId('functionCall', id), callId };
        return [functionCall({ ...ids, name: kind, arguments: args, executor: 'client', kind })];
      },
      [output.type](value, path, makeId) {
        const ids = read(OutputIds, value, path);
        return [
          {
            type: 'function_call_output',
            id: makeId('functionCallOutput', ids.id),
            callId: 'call_id' in ids ? ids.call_id : ids.id,
            output: output.decode(value, path),
            status: 'completed',
            kind,
          },
        ];
      },
    },

    encodeCall,

    encodeOutput: ({ id, status, callId, output: text }) =>
      ({ id, type: output.type, status, call_id: callId, ...output.encode(text) }) as WireItem, // by the type's own encoder

    announce(emit, begun, outputIndex) {
      emit('response.output_item.added', {
        output_index: outputIndex,
        item: encodeCall({ ...begun, status: 'in_progress' }),
      });
      const finish = (item: { type: string }): boolean => {
        const ended = item.type === 'function_call' ? (item as FunctionCallItem) : begun; // by its type
        const args = tool.arguments.safeParse(argumentsOf(ended)).data;
        if (args) tool.between?.(emit, args, outputIndex);
        emit('response.output_item.done', { output_index: outputIndex, item: encodeCall(ended) });
        return true;
      };
      return { delta: () => undefined, finish, close: finish };
    },
  };
}

/** The schema of arguments as models and the check of calls read it. */
function jsonSchemaOf(schema: z.ZodObject): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return JsonObject.parse(rest);
}

/** An output of several fields as JSON: the model reads it as it is, and the caller's item is made of it again. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value);
}

/** The value of such an output; undefined for a text of another origin. */
export function valueOfText<Schema extends z.ZodType>(
  schema: Schema,
  output: FunctionCallOutputItem['output'],
): z.output<Schema> | undefined {
  if (typeof output !== 'string') return undefined;
  try {
    return schema.safeParse(JSON.parse(output)).data;
  } catch {
    return undefined;
  }
}
