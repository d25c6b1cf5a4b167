import {
  type CodeInterpreterOptions,
  type FunctionCallItem,
  JsonObject,
  MemoryLimit,
  missing,
  read,
  type RequestPath,
} from '@antiphon/contracts';
import { z } from 'zod';
import { AllowedCallers } from '../schema.ts';
import { announceHostedCall, type HostedCallForm, hostedCallItems, hostedCallStatus } from './hosted-call.ts';
import { textArgumentOf } from './input-reader.ts';
import type { CallProgress, ToolType, WireItem } from './tool-type.ts';

/** Files of one container. */
const filesMax = 1_000;

export const CodeInterpreterTool = z.object({
  container: z.unknown().optional(),
  allowed_callers: AllowedCallers.nullish(),
});
/** A container that the server chooses or makes; a text is the id of one. */
export const AutoContainer = z.object({
  type: z.literal('auto', 'must be "auto", or container must be the id of a container'),
  file_ids: z.array(z.string().min(1).max(64)).max(filesMax).nullish(),
  memory_limit: MemoryLimit.nullish(),
  network_policy: z
    .object({ type: z.literal('disabled', 'must be "disabled": containers have no network') })
    .nullish(),
});
const ContainerId = z.string().min(1).max(64);

const Output = z.union([
  z.object({ type: z.literal('logs'), logs: z.string() }),
  z.object({ type: z.literal('image'), url: z.string() }),
]);
const Call = z.object({
  id: z.string().min(1).max(128),
  code: z.string().nullish(),
  container_id: z.string().max(128).nullish(),
  outputs: z.array(z.unknown()).max(filesMax).nullish(),
});

/** Python in a container: the model writes code, and reads what it prints. */
export const codeInterpreter: ToolType = {
  kind: 'code_interpreter',
  types: ['code_interpreter'],
  isNamed: false,

  decode(tool, path) {
    const { container } = read(CodeInterpreterTool, tool, path);
    return {
      kind: 'code_interpreter',
      options: { container: decodeContainer(container, [...path, 'container']) },
      declared: read(JsonObject, tool, path),
    };
  },

  items: {
    code_interpreter_call(value, path, makeId) {
      const { id, code, container_id: containerId, outputs: sent } = read(Call, value, path);
      const outputs = (sent ?? []).flatMap((output) => Output.safeParse(output).data ?? []);
      const logs = outputs.flatMap((output) => (output.type === 'logs' ? [output.logs] : []));
      return hostedCallItems(makeId, {
        callId: id,
        name: 'code_interpreter',
        kind: 'code_interpreter',
        arguments: { code: code ?? '' },
        detail: containerId ? { kind: 'code_interpreter', containerId, outputs } : undefined,
        output: logs.length > 0 ? logs.join('\n') : 'The output of this earlier call is not kept.',
      });
    },
  },

  encodeCall,

  announce: (emit, call, outputIndex, include) =>
    announceHostedCall(emit, call, { outputIndex, include }, form),
};

const form: HostedCallForm = {
  encode: encodeCall,
  events: {
    began: 'response.code_interpreter_call.in_progress',
    started: 'response.code_interpreter_call.interpreting',
    completed: 'response.code_interpreter_call.completed',
  },
  argument: {
    name: 'code',
    delta: 'response.code_interpreter_call_code.delta',
    done: 'response.code_interpreter_call_code.done',
  },
};

/** The outputs are shown once the code has run, to callers that ask for them. */
function encodeCall(call: FunctionCallItem, progress: CallProgress): WireItem {
  const { output, include } = progress;
  const detail = call.detail?.kind === 'code_interpreter' ? call.detail : null;
  const isAsked = include.includes('code_interpreter_call.outputs');
  return {
    id: call.id,
    type: 'code_interpreter_call',
    status: hostedCallStatus(call, progress),
    code: textArgumentOf(call, 'code'),
    container_id: detail?.containerId ?? '',
    outputs: isAsked ? ((output && detail?.outputs) ?? []) : null,
  };
}

function decodeContainer(container: unknown, path: RequestPath): CodeInterpreterOptions['container'] {
  if (container === undefined || container === null)
    throw missing(path, 'the id of a container, or {"type": "auto"}');
  if (typeof container === 'string') return { type: 'id', id: read(ContainerId, container, path) };
  const { file_ids: fileIds, memory_limit: memoryLimit } = read(AutoContainer, container, path);
  return { type: 'auto', fileIds: fileIds ?? [], memoryLimit: memoryLimit ?? null };
}
