import type { FunctionCallItem, FunctionCallOutputItem, Item } from '@antiphon/contracts';

/** Assigns outputs to calls. Some models use the same call id in every turn, so a call gets the first free output after it. */
export class PendingOutputs {
  private readonly taken = new Set<FunctionCallOutputItem>();

  constructor(private readonly items: readonly Item[]) {}

  isTaken(output: FunctionCallOutputItem): boolean {
    return this.taken.has(output);
  }

  /** The output of a call. A cancelled run leaves calls without one, which providers refuse, so a sentence takes its place. */
  take(call: FunctionCallItem): FunctionCallOutputItem['output'] {
    for (let position = this.items.indexOf(call) + 1; position < this.items.length; position++) {
      const item = this.items[position];
      if (item?.type !== 'function_call_output' || item.callId !== call.callId || this.taken.has(item))
        continue;
      this.taken.add(item);
      return item.output;
    }
    return 'This call was not carried out.';
  }
}

/** The place of an output in the request: `items[3].output`. */
export function outputPath(items: readonly Item[], output: FunctionCallOutputItem['output']): string {
  return `items[${items.findIndex((item) => item.type === 'function_call_output' && item.output === output)}].output`;
}
