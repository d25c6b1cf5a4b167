import { brokenNesting } from '@antiphon/dialects/testing';
import { expect } from 'vitest';

interface WireItem {
  id: string;
  status?: string;
  content?: object[];
  summary?: object[];
}

/** An event of a stream; its fields depend on its type. */
export interface WireEvent {
  type: string;
  sequence_number: number;
  response: { id: string; output: WireItem[] } & Record<string, unknown>;
  output_index: number;
  item: WireItem;
  item_id: string;
  content_index?: number;
  summary_index?: number;
  annotation_index: number;
  part: object;
  delta: string;
  logprobs: object[];
  annotation: object;
  text: string;
  refusal: string;
  arguments: string;
}

/** Parses a body of server-sent events, each under its own name, with `[DONE]` at the end. */
export function eventsIn(body: string): WireEvent[] {
  const frames = body.split('\n\n').filter((frame) => frame !== '' && !frame.startsWith(':'));
  expect(frames.pop()).toBe('data: [DONE]');
  return frames.map((frame) => {
    const [, name, data = ''] = /^event: (.*)\ndata: (.*)$/.exec(frame) ?? [];
    const event = JSON.parse(data) as WireEvent;
    expect(event.type).toBe(name);
    return event;
  });
}

/**
 * Checks the rules of every stream: numbers without gaps; items and parts that begin empty, do not overlap, and equal the sum of their
 * deltas; a last event whose response has the items of the stream. Returns that response.
 */
export function expectToAddUp(events: readonly WireEvent[]): WireEvent['response'] {
  expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, index) => index));
  const done: WireItem[] = [];
  const begun: WireItem[] = [];
  const parts = new Map<string, Map<number, object>>();
  const sums = new Map<string, { text: string; logprobs: object[]; annotations: object[] }>();
  for (const event of events) {
    const place = event.content_index ?? event.summary_index ?? 0;
    const key = `${event.item_id} ${place}`;
    const sum = sums.get(key) ?? { text: '', logprobs: [], annotations: [] };
    const [, kind = '', step = ''] = /^response\.(.*)\.(\w+)$/.exec(event.type) ?? [];
    if (kind === 'output_item' && step === 'added') {
      expect(event.output_index).toBe(begun.length);
      expect([event.item.content ?? [], event.item.summary ?? []]).toEqual([[], []]);
      begun.push(event.item);
    } else if (kind === 'output_item') {
      expect(event.item.id).toBe(begun[event.output_index]?.id);
      const finished = [...(parts.get(event.item.id)?.values() ?? [])];
      expect(finished).toEqual(event.item.content ?? event.item.summary ?? []);
      done[event.output_index] = event.item;
    } else if (kind === 'content_part' || kind === 'reasoning_summary_part') {
      const ofItem = parts.get(event.item_id) ?? new Map<number, object>();
      expect(ofItem.has(place)).toBe(step === 'done');
      parts.set(event.item_id, ofItem.set(place, event.part));
      if (kind === 'content_part' && step === 'done' && 'annotations' in event.part)
        expect(event.part).toMatchObject(sum);
    } else if (kind === 'output_text.annotation') {
      expect(event.annotation_index).toBe(sum.annotations.length);
      sum.annotations.push(event.annotation);
    } else if (step === 'delta') {
      expect(event.delta).not.toBe('');
      sum.text += event.delta;
      sum.logprobs.push(...(event.logprobs ?? []));
    } else if (step === 'done') {
      expect(event.text ?? event.refusal ?? event.arguments).toBe(sum.text);
    }
    sums.set(key, sum);
  }
  expect(brokenNesting(events)).toEqual([]);
  const last = events.at(-1);
  if (last?.type === 'response.failed') expectError(events.at(-2), last.response);
  expect(last?.type).toMatch(/^response\.(completed|incomplete|failed)$/);
  expect(done).toHaveLength(begun.length);
  expect(last?.response.output).toEqual(done);
  return last?.response ?? expect.unreachable();
}

/** Checks the event before the end of a failure, in both shapes that clients read. */
function expectError(event: WireEvent | undefined, { error }: WireEvent['response']): void {
  const { code, message, reason } = error as Record<string, string>; // of a failed response
  const fields = { code, message, param: null };
  expect(event).toMatchObject({ type: 'error', ...fields, error: { ...fields, reason } });
}
