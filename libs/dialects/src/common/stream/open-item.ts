import type { Citation, DeltaEvent, FunctionCallOutputItem, Item, TokenLogprob } from '@antiphon/contracts';

export type Emit = (type: string, fields: Record<string, unknown>) => void;

/** An item whose events are being written. Methods that may end it return whether it is done. */
export interface OpenItem {
  delta(kind: DeltaEvent['type'], text: string, logprobs?: TokenLogprob[]): void;
  /** The text so far cites a page. */
  cite?(citation: Citation): void;
  /** The item is complete, or a complete call changed its state. */
  finish(item: Item): boolean;
  /** The output of a server tool. */
  answer?(output: Item): boolean;
  /** The response ended: the item is done with its current content. */
  close(item: Item, output: FunctionCallOutputItem | undefined): void;
}

/** The rest of a text after its prefix `written`. Empty where the finished text does not begin with it; the finished text counts. */
export function restOf(text: string, written: string): string {
  return text.startsWith(written) ? text.slice(written.length) : '';
}
