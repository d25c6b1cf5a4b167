import type { Citation, DeltaEvent, FunctionCallOutputItem, Item, TokenLogprob } from '@antiphon/contracts';

export type Emit = (type: string, fields: Record<string, unknown>) => void;

/** An item whose events are being written. Methods that may end it say whether it is done. */
export interface OpenItem {
  delta(kind: DeltaEvent['type'], text: string, logprobs?: TokenLogprob[]): void;
  /** What was said so far goes back to a page. */
  cite?(citation: Citation): void;
  /** The item is whole, or a call that is whole moved on. */
  finish(item: Item): boolean;
  /** The output of a tool that we ran. */
  answer?(output: Item): boolean;
  /** The response ended: the item is done as it stands. */
  close(item: Item, output: FunctionCallOutputItem | undefined): void;
}

/** The rest of a text after its prefix `written`. Empty where the finished text does not begin with it; the finished text counts. */
export function restOf(text: string, written: string): string {
  return text.startsWith(written) ? text.slice(written.length) : '';
}
