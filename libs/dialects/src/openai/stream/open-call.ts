import type { FunctionCallItem, FunctionCallOutputItem, Item } from '@antiphon/contracts';
import type { OpenItem } from '../../common/stream/open-item.ts';

/** What a kind of call writes while it is open. */
export interface CallEvents {
  delta(text: string): void;
  /** Its arguments are complete, or its state has changed. */
  changed(call: FunctionCallItem): void;
  end(call: FunctionCallItem, output: FunctionCallOutputItem | undefined): void;
}

/** A call of a server's tool in a stream: done when the tool has returned and its output is there, or when the call will not run. */
export function openServerCall(begun: FunctionCallItem, events: CallEvents): OpenItem {
  let call = begun;
  let output: FunctionCallOutputItem | undefined;

  const update = (item: Item): void => {
    if (item.type !== 'function_call') return;
    call = item;
    events.changed(call);
  };
  const endIfSettled = (): boolean => {
    const isSettled = call.status === 'incomplete' || (output !== undefined && call.state === 'done');
    if (isSettled) events.end(call, output);
    return isSettled;
  };

  return {
    delta: (_kind, text) => events.delta(text),
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
      events.end(call, output);
    },
  };
}
