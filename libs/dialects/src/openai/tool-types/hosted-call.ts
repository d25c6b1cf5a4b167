import type { FunctionCallItem, FunctionCallOutputItem, Item } from '@antiphon/contracts';
import type { Emit, OpenItem } from '../../common/stream/open-item.ts';
import type { CallProgress, WireItem } from './tool-type.ts';

/** How the calls of a hosted tool are streamed. */
export interface HostedCallForm {
  encode: (call: FunctionCallItem, progress: CallProgress) => WireItem;
  /** The types of the events where the item begins, its tool starts, and its tool has returned without an error. */
  events: { began: string; started: string; completed: string };
  /** The event for what a running call has reported; null for nothing. `number` grows with each report. Left out: reports have no events. */
  report?: (call: FunctionCallItem) => { number: number; type: string; fields: object } | null;
}

/** Opens the item of a hosted tool's call: done when the tool has returned and its output is there, or when the call will not run. */
export function announceHostedCall(
  emit: Emit,
  begun: FunctionCallItem,
  { outputIndex, include }: { outputIndex: number; include: readonly string[] },
  { encode, events, report }: HostedCallForm,
): OpenItem {
  const place = { item_id: begun.id, output_index: outputIndex };
  let call: FunctionCallItem = { ...begun, arguments: '' };
  let output: FunctionCallOutputItem | undefined;
  let hasStarted = false;
  let reported = -1;

  const shown = (isOver: boolean) => encode(call, { output, isOver, include });
  emit('response.output_item.added', { output_index: outputIndex, item: shown(false) });
  emit(events.began, place);

  const update = (item: Item): void => {
    if (item.type !== 'function_call') return;
    call = item;
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
    delta: () => undefined,
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
