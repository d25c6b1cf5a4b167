import {
  type CallDetail,
  functionCall,
  type ClientTool,
  type ClientToolKind,
  type FunctionCallItem,
  type FunctionCallOutputItem,
  type HostedTool,
  type Item,
  JsonObject,
  read,
  type RequestPath,
} from '@antiphon/contracts';
import { z } from 'zod';
import type { Emit } from '../../../common/stream/open-item.ts';
import { argumentsOf } from '../../../common/call-arguments.ts';
import type { CallProgress, ToolType, WireItem } from '../tool-type.ts';

/** The part of a wire item that depends on its type. */
type Fields = Record<string, unknown>;

/** A tool type whose calls name an action: a model calls it as a function with the action as arguments. The caller carries it out, or this system where the type has a hosted form. */
export interface ActionTool<Arguments extends z.ZodObject> {
  kind: ClientToolKind;
  types: readonly string[];
  /** Written for a model, with what the declared tool says. */
  describe(declared: JsonObject): string;
  /** The options of the declared tool. */
  options: z.ZodObject;
  /** The declared tool where this system runs it; null: the caller does. Left out for types that the caller always runs. */
  hosted?(declared: unknown, path: RequestPath): HostedTool | null;
  /** A call's arguments. A call that does not fit is refused, and the model calls again. */
  arguments: Arguments;
  /** What the declared tool makes of the arguments: the schema of the check, and one for models where a simpler one does. */
  narrow?(declared: JsonObject): { arguments?: z.ZodObject; offered: JsonObject };
  call: {
    type: string;
    /** `args` is null where a call was cut short before its arguments were whole. */
    encode(args: z.output<Arguments> | null, call: FunctionCallItem): Fields;
    /** The arguments in an item that a caller sends back. */
    decode(item: unknown, path: RequestPath): z.input<Arguments>;
    /** The detail of a call that this system ran; undefined for one of the caller. */
    detail?(item: unknown): CallDetail | undefined;
  };
  output: {
    type: string;
    /** What the model reads, or the parts of a picture. */
    decode(item: unknown, path: RequestPath): FunctionCallOutputItem['output'];
    encode(output: FunctionCallOutputItem['output'], call: FunctionCallItem | undefined): Fields;
    /** The events between the output's first and its last, for types that have some. */
    between?(emit: Emit, output: Fields, place: { item_id: string; output_index: number }): void;
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
  const encodeCall = (item: FunctionCallItem, { isOver }: Pick<CallProgress, 'isOver'>): WireItem => {
    const args = tool.arguments.safeParse(argumentsOf(item)).data ?? null;
    const { id, callId } = item;
    const status = statusOf(item, isOver);
    return { id, type: call.type, status, call_id: callId, ...call.encode(args, item) } as WireItem; // by the type's own encoder
  };
  return {
    kind,
    types: tool.types,
    isNamed: false,

    decode(declared, path): ClientTool | HostedTool {
      const hosted = tool.hosted?.(declared, path);
      if (hosted) return hosted;
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
        const detail = call.detail?.(value);
        const executor = detail ? 'server' : 'client';
        return [
          functionCall({ ...ids, name: kind, arguments: args, executor, kind, ...(detail && { detail }) }),
        ];
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

    encodeOutput: ({ id, status, callId, output: text }, by) =>
      ({ id, type: output.type, status, call_id: callId, ...output.encode(text, by) }) as WireItem, // by the type's own encoder

    outputEvents(emit, { id, output: text }, outputIndex, by) {
      output.between?.(emit, output.encode(text, by), { item_id: id, output_index: outputIndex });
    },

    announce(emit, begun, outputIndex) {
      emit('response.output_item.added', {
        output_index: outputIndex,
        item: encodeCall({ ...begun, status: 'in_progress' }, { isOver: false }),
      });
      let areArgumentsShown = false;
      const update = (item: Item): FunctionCallItem => {
        const latest = item.type === 'function_call' ? item : begun;
        const args = tool.arguments.safeParse(argumentsOf(latest)).data;
        if (args && !areArgumentsShown) tool.between?.(emit, args, outputIndex);
        areArgumentsShown = true;
        return latest;
      };
      const end = (item: FunctionCallItem): void =>
        emit('response.output_item.done', {
          output_index: outputIndex,
          item: encodeCall(item, { isOver: true }),
        });
      return {
        delta: () => undefined,
        finish(item) {
          const latest = update(item);
          const isDone = isSettled(latest);
          if (isDone) end(latest);
          return isDone;
        },
        close: (item) => end(update(item)),
      };
    },
  };
}

/** Whether a call does not change any more: the caller's when it is written, one of this system when it has run. */
function isSettled({ executor, state, status }: FunctionCallItem): boolean {
  return executor === 'client' || state === 'done' || status === 'incomplete';
}

/** A call of this system is incomplete where its tool failed. */
function statusOf(call: FunctionCallItem, isOver: boolean): FunctionCallItem['status'] {
  if (call.executor === 'client' || call.status !== 'completed') return call.status;
  if (call.error !== null) return 'incomplete';
  if (call.state === 'done') return 'completed';
  return isOver ? 'incomplete' : 'in_progress';
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
