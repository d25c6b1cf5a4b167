import type { Item } from '@antiphon/contracts';
import type { OpenItem } from './open-item.ts';

/** Writes an item's next events. True: the item is done. */
type Step = (open: OpenItem) => boolean;

interface LinedItem {
  begun: Item;
  /** Writes the item's first event. */
  announce: () => OpenItem;
  /** Null until its turn comes. */
  open: OpenItem | null;
  /** The updates that arrived while it waited. */
  steps: Step[];
}

/**
 * The items of a stream that have begun and are not done, in the order in which they began. Only the first one is written; updates of
 * the others wait until it is done, so the items of a stream do not overlap.
 */
export class ItemLine {
  private readonly items = new Map<number, LinedItem>();

  /** The place of the first item that is not written yet; null where all are. */
  get firstWaiting(): number | null {
    for (const [index, { open }] of this.items) if (open === null) return index;
    return null;
  }

  begin(index: number, begun: Item, announce: () => OpenItem): void {
    this.items.set(index, { begun, announce, open: null, steps: [] });
    this.advance();
  }

  /** Updates of an item that is not in the line are ignored: it is done. */
  step(index: number, step: Step): void {
    const item = this.items.get(index);
    if (!item) return;
    if (!item.open) item.steps.push(step);
    else if (step(item.open)) {
      this.items.delete(index);
      this.advance();
    }
  }

  /** Ends every item that is left, one after the other. `begun` is the item as it began. */
  close(end: (open: OpenItem, index: number, begun: Item) => void): void {
    for (;;) {
      this.advance();
      const [first] = this.items;
      if (!first) return;
      const [index, { open, begun }] = first;
      this.items.delete(index);
      if (open) end(open, index, begun);
    }
  }

  /** Writes the first item as far as it has come, and the next one when that is done. */
  private advance(): void {
    for (const [index, item] of this.items) {
      if (item.open) return;
      const open = (item.open = item.announce());
      if (!item.steps.some((step) => step(open))) {
        item.steps = [];
        return;
      }
      this.items.delete(index);
    }
  }
}
