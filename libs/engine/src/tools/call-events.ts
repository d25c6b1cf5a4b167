import type {
  FunctionCallItem,
  FunctionCallOutputItem,
  Item,
  ResponseEvent,
  ToolResult,
} from '@antiphon/contracts';
import type { RunPorts } from '../ports.ts';
import { outputOf } from './tool-images.ts';

/** The events that add a complete call to the response. */
export function wholeCallEvents(index: number, call: FunctionCallItem): ResponseEvent[] {
  const { id: itemId, arguments: delta } = call;
  const begun: FunctionCallItem = { ...call, arguments: '', status: 'in_progress', error: null };
  return [
    { type: 'item.added', index, item: begun },
    ...(delta === '' ? [] : [{ type: 'arguments.delta' as const, index, itemId, delta }]),
    { type: 'item.done', index, item: call },
  ];
}

/** The events that add a call's output to the response. */
export function outputEvents(
  index: number,
  { callId, output }: Pick<FunctionCallOutputItem, 'callId' | 'output'>,
  ports: Pick<RunPorts, 'newId'>,
): ResponseEvent[] {
  const id = ports.newId('functionCallOutput');
  return [
    {
      type: 'item.added',
      index,
      item: { type: 'function_call_output', id, callId, output: '', status: 'in_progress' },
    },
    {
      type: 'item.done',
      index,
      item: { type: 'function_call_output', id, callId, output, status: 'completed' },
    },
  ];
}

/** The events of a returned call: its item, and its output at `outputIndex`. The size of the items `before` limits the images of the output. */
export function resultEvents(
  { index, call }: { index: number; call: FunctionCallItem },
  result: ToolResult,
  place: { outputIndex: number; before: readonly Item[] },
  ports: Pick<RunPorts, 'newId'>,
): ResponseEvent[] {
  const { id: itemId, callId, name, depth } = call;
  const { error, durationMs, detail, sources } = result;
  const returned = { ...(detail && { detail }), ...(sources && { sources }) };
  const status = error ? 'failed' : 'completed';
  return [
    { type: 'tool.finished', index, itemId, callId, name, depth, status, durationMs },
    { type: 'item.changed', index, item: { ...call, state: 'done', durationMs, error, ...returned } },
    ...outputEvents(place.outputIndex, { callId, output: outputOf(result, place.before) }, ports),
  ];
}
