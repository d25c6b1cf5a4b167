import {
  type CallDetail,
  functionCall,
  type FunctionCallItem,
  type FunctionCallOutputItem,
  type InputItem,
} from '@antiphon/contracts';
import { type Emit, type OpenItem, restOf } from '../../common/stream/open-item.ts';
import { openServerCall } from '../stream/open-call.ts';
import { InputReader, textArgumentOf } from './input-reader.ts';
import type { CallProgress, MakeId, WireItem } from './tool-type.ts';

/** A hosted call that a client sends back, as the call and its output. */
export function hostedCallItems(
  makeId: MakeId,
  call: Pick<FunctionCallItem, 'callId' | 'name'> & {
    kind: NonNullable<FunctionCallItem['kind']>;
    arguments: object;
    detail?: CallDetail | undefined;
    output: FunctionCallOutputItem['output'];
  },
): InputItem[] {
  const { callId, name, kind, detail, output } = call;
  return [
    functionCall({
      id: makeId('functionCall', callId),
      callId,
      name,
      arguments: JSON.stringify(call.arguments),
      executor: 'server',
      kind,
      ...(detail && { detail }),
    }),
    { type: 'function_call_output', id: makeId('functionCallOutput'), callId, output, status: 'completed' },
  ];
}

/** How the calls of a hosted tool are streamed. */
export interface HostedCallForm {
  encode: (call: FunctionCallItem, progress: CallProgress) => WireItem;
  /** The types of the events where the item begins, its tool starts, and its tool has returned without an error. */
  events: { began: string; started: string; completed: string };
  /** The event for what a running call has reported; null for nothing. `number` grows with each report. Left out: reports have no events. */
  report?: (call: FunctionCallItem) => { number: number; type: string; fields: object } | null;
  /** The one argument of the tool, where the caller sees it while the model writes it: its name, and the types of its events. */
  argument?: { name: string; delta: string; done: string };
}

/** Opens the item of a hosted tool's call: done when the tool has returned and its output is there, or when the call will not run. */
export function announceHostedCall(
  emit: Emit,
  begun: FunctionCallItem,
  { outputIndex, include }: { outputIndex: number; include: readonly string[] },
  { encode, events, argument, report }: HostedCallForm,
): OpenItem {
  const place = { item_id: begun.id, output_index: outputIndex };
  let hasStarted = false;
  let reported = -1;

  emit('response.output_item.added', {
    output_index: outputIndex,
    item: encode({ ...begun, arguments: '' }, { output: undefined, isOver: false, include }),
  });
  emit(events.began, place);

  const written = argument && writeArgument(emit, place, argument);
  return openServerCall(
    { ...begun, arguments: '' },
    {
      delta: (text) => written?.add(text),
      changed(call) {
        written?.end(call);
        if (!hasStarted && call.startedAt !== null) {
          hasStarted = true;
          emit(events.started, place);
        }
        const news = report?.(call) ?? null;
        if (news === null || news.number <= reported) return;
        reported = news.number;
        emit(news.type, { ...place, ...news.fields });
      },
      end(call, output) {
        if (output !== undefined && call.error === null) emit(events.completed, place);
        emit('response.output_item.done', {
          output_index: outputIndex,
          item: encode(call, { output, isOver: true, include }),
        });
      },
    },
  );
}

/** Writes the events of an argument. */
function writeArgument(
  emit: Emit,
  place: { item_id: string; output_index: number },
  { name, delta, done }: NonNullable<HostedCallForm['argument']>,
) {
  const reader = new InputReader(name);
  let written = '';
  let isDone = false;
  const say = (text: string): void => {
    if (text === '') return;
    written += text;
    emit(delta, { ...place, delta: text });
  };
  return {
    add: (piece: string): void => say(reader.read(piece)),
    /** The call is whole. */
    end(call: FunctionCallItem): void {
      if (isDone) return;
      isDone = true;
      const text = textArgumentOf(call, name);
      say(restOf(text, written));
      emit(done, { ...place, [name]: text });
    },
  };
}

/** The status of a hosted tool's call. */
export function hostedCallStatus(
  call: FunctionCallItem,
  { output, isOver }: Pick<CallProgress, 'output' | 'isOver'>,
): 'in_progress' | 'completed' | 'incomplete' | 'failed' {
  if (call.status === 'incomplete') return 'incomplete';
  if (call.error !== null) return 'failed';
  if (output !== undefined) return 'completed';
  return isOver ? 'incomplete' : 'in_progress';
}
