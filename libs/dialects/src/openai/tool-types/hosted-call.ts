import type { FunctionCallItem, FunctionCallOutputItem, Item } from '@antiphon/contracts';
import { type Emit, type OpenItem, restOf } from '../../common/stream/open-item.ts';
import { InputReader, textArgumentOf } from './input-reader.ts';
import type { CallProgress, WireItem } from './tool-type.ts';

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
  let call: FunctionCallItem = { ...begun, arguments: '' };
  let output: FunctionCallOutputItem | undefined;
  let hasStarted = false;
  let reported = -1;

  const shown = (isOver: boolean) => encode(call, { output, isOver, include });
  emit('response.output_item.added', { output_index: outputIndex, item: shown(false) });
  emit(events.began, place);

  const written = argument && writeArgument(emit, place, argument);
  const update = (item: Item): void => {
    if (item.type !== 'function_call') return;
    call = item;
    written?.end(call);
    if (!hasStarted && item.startedAt !== null) {
      hasStarted = true;
      emit(events.started, place);
    }
    const news = report?.(item) ?? null;
    if (news === null || news.number <= reported) return;
    reported = news.number;
    emit(news.type, { ...place, ...news.fields });
  };
  const end = (): void => {
    if (output !== undefined && call.error === null) emit(events.completed, place);
    emit('response.output_item.done', { output_index: outputIndex, item: shown(true) });
  };
  const endIfSettled = (): boolean => {
    const isSettled = call.status === 'incomplete' || (output !== undefined && call.state === 'done');
    if (isSettled) end();
    return isSettled;
  };

  return {
    delta: (_kind, text) => written?.add(text),
    finish(item) {
      update(item);
      return endIfSettled();
    },
    answer(item) {
      if (item.type === 'function_call_output') output = item;
      return endIfSettled();
    },
    close(item, answer) {
      update(item);
      output ??= answer;
      end();
    },
  };
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
