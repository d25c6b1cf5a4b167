import type {
  AddedTools,
  FunctionCallItem,
  FunctionCallOutputItem,
  Item,
  ResponseEvent,
  ToolResult,
} from '@antiphon/contracts';
import type { RunPorts } from '../ports.ts';
import { outputOf } from './tool-images.ts';

/** The result of a call, with the tools that a tool search found. */
export type CallResult = ToolResult & { tools?: AddedTools };

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
  { output, tools, ...answered }: Pick<FunctionCallOutputItem, 'callId' | 'output' | 'kind' | 'tools'>,
  ports: Pick<RunPorts, 'newId'>,
): ResponseEvent[] {
  const type = 'function_call_output';
  const id = ports.newId('functionCallOutput');
  return [
    { type: 'item.added', index, item: { type, id, ...answered, output: '', status: 'in_progress' } },
    {
      type: 'item.done',
      index,
      item: { type, id, ...answered, output, status: 'completed', ...(tools && { tools }) },
    },
  ];
}

/** The fields of an output that depend on its call. The output of a tool search is an item of its own for the caller. */
export function answeredBy({
  callId,
  kind,
}: FunctionCallItem): Pick<FunctionCallOutputItem, 'callId' | 'kind'> {
  return { callId, ...(kind === 'tool_search' && { kind }) };
}

/** The events of a returned call: its item, and its output at `outputIndex`. The size of the items `before` limits the images of the output. */
export function resultEvents(
  { index, call }: { index: number; call: FunctionCallItem },
  result: CallResult,
  place: { outputIndex: number; before: readonly Item[] },
  ports: Pick<RunPorts, 'newId'>,
): ResponseEvent[] {
  const { id: itemId, callId, name, depth } = call;
  const { error, durationMs, detail, sources, tools } = result;
  const returned = { ...(detail && { detail }), ...(sources && { sources }) };
  const status = error ? 'failed' : 'completed';
  return [
    { type: 'tool.finished', index, itemId, callId, name, depth, status, durationMs },
    { type: 'item.changed', index, item: { ...call, state: 'done', durationMs, error, ...returned } },
    ...outputEvents(
      place.outputIndex,
      {
        ...answeredBy(call),
        output: outputOf(result, place.before),
        ...(tools && { tools: { ...tools, executor: 'server' } }),
      },
      ports,
    ),
  ];
}
