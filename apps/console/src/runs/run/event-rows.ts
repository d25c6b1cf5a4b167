import type { StreamedEvent } from '../../api/event-stream.ts';

/** An event of a run, or several deltas of one part that followed each other. */
export interface EventRow {
  key: string;
  type: string;
  /** The numbers of its first and last event. */
  first: number;
  last: number;
  /** The text that deltas brought, joined: its beginning. */
  text: string;
  /** The first event. */
  event: StreamedEvent;
}

/** So many rows are kept, the newest ones. */
export const eventRowsMax = 5_000;
const textMax = 4_000;

/** Adds events to the rows. Deltas of the same part become one row. */
export function addEvents(rows: readonly EventRow[], events: readonly StreamedEvent[]): EventRow[] {
  const all = [...rows];
  for (const event of events) {
    const number = event.sequence_number ?? (all.at(-1)?.last ?? -1) + 1;
    const before = all.at(-1);
    const text = typeof event['delta'] === 'string' ? event['delta'] : '';
    if (before && isSamePart(before.event, event))
      all[all.length - 1] = { ...before, last: number, text: (before.text + text).slice(0, textMax) };
    else all.push({ key: `event-${number}`, type: event.type, first: number, last: number, text, event });
  }
  return all.slice(-eventRowsMax);
}

function isSamePart(one: StreamedEvent, other: StreamedEvent): boolean {
  return one.type.endsWith('.delta') && one.type === other.type && one['item_id'] === other['item_id'];
}
