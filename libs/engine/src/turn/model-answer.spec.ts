import type { ErrorInfo, ModelDelta, ResponseEvent, ThoughtContent } from '@antiphon/contracts';
import { countingIds } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import type { AnswerPlace } from './answer-drafts.ts';
import { ModelAnswer } from './model-answer.ts';

const place: AnswerPlace = {
  firstIndex: 0,
  depth: 0,
  takenCallIds: new Set(),
  startOf: (name) =>
    name === 'mine'
      ? { executor: 'client', state: 'pending_output', serverLabel: null, serverToolName: null }
      : { executor: 'server', state: 'approved', serverLabel: null, serverToolName: null },
  isChecked: (name) => name === 'checked',
  sources: new Map(),
  callsMax: Infinity,
  before: [],
  now: () => 5_000,
  newId: countingIds(),
  isSummaryAsked: false,
};

const text = (delta: string): ModelDelta => ({ type: 'text', text: delta });
const thought = (delta: string): ModelDelta => ({ type: 'reasoning', text: delta });
const call = (number: number, name = 'mine'): ModelDelta => ({
  type: 'call',
  call: number,
  callId: `call_${number}`,
  name,
});
const args = (number: number, piece: string): ModelDelta => ({
  type: 'arguments',
  call: number,
  text: piece,
});

/** What happens to the items, in order: `+` begins, `.` adds, `!` is done, `~` changes. */
function outline(events: readonly ResponseEvent[]): string {
  const marks: Record<string, string> = { 'item.added': '+', 'item.done': '!', 'item.changed': '~' };
  return events
    .map((event) => ('index' in event ? `${marks[event.type] ?? '.'}${event.index}` : ''))
    .join(' ');
}

function answerTo(deltas: ModelDelta[], changes: Partial<AnswerPlace> = {}) {
  const answer = new ModelAnswer({ ...place, ...changes });
  answer.add(deltas);
  return answer;
}

const itemsOf = (events: readonly ResponseEvent[]) => {
  const items = new Map<number, unknown>();
  for (const event of events)
    if (event.type === 'item.done' || event.type === 'item.changed') items.set(event.index, event.item);
  return [...items.entries()].sort(([a], [b]) => a - b).map(([, item]) => item);
};

const cutShort: ErrorInfo = { code: 'model_error', message: 'cut short' };

describe('an item is done when the next item begins', () => {
  it.each<[string, ModelDelta[], string]>([
    ['a thought before its text', [thought('a'), text('b')], '+0 .0 !0 +1 .1 !1'],
    [
      'thoughts between texts',
      [thought('a'), text('b'), thought('c'), text('d')],
      '+0 .0 !0 +1 .1 !1 +2 .2 !2 +3 .3 !3',
    ],
    [
      'calls one after the other',
      [text('a'), call(0), args(0, '{"x":'), args(0, '1}'), call(1), args(1, '{}')],
      '+0 .0 !0 +1 .1 .1 !1 +2 .2 !2',
    ],
    [
      'calls with interleaved arguments',
      [call(0), call(1), args(1, '{}'), args(0, '{"x"'), args(1, ' '), args(0, ':1}'), text('b')],
      '+0 +1 .1 .0 .1 .0 !0 !1 +2 .2 !2',
    ],
    ['a text after a call', [call(0), args(0, '{}'), text('b')], '+0 .0 !0 +1 .1 !1'],
    ['a call without arguments', [call(0), call(1), args(1, '{}')], '+0 +1 .1 !0 !1'],
  ])('%s', (_what, deltas, expected) => {
    const events = answerTo(deltas).finish(null);
    expect(outline(events)).toBe(expected);
  });

  it('and marks that its turn goes on, since it is stored with the turn', () => {
    const answer = answerTo([thought('a'), text('b')]);
    const [, , done] = answer.takeEvents();
    expect(done).toMatchObject({ type: 'item.done', isTurnOpen: true, item: { status: 'completed' } });
    expect(answer.finish(null)[0]).not.toHaveProperty('isTurnOpen');
  });

  it('also where the answer is cut short: only open items are incomplete, and no call runs', () => {
    const events = answerTo([text('a'), call(0), args(0, '{}'), call(1), args(1, '{"x')]).finish(cutShort);
    expect(outline(events)).toBe('+0 .0 !0 +1 .1 !1 +2 .2 ~1 !2');
    expect(itemsOf(events)).toMatchObject([
      { type: 'message', status: 'completed' },
      { type: 'function_call', status: 'completed', state: 'done', error: cutShort },
      { type: 'function_call', status: 'incomplete', state: 'done', error: cutShort },
    ]);
  });
});

it('refuses text after the arguments of a finished call', () => {
  const answer = answerTo([call(0), args(0, '{}'), call(1), args(0, '\n')]);
  expect(() => answer.add([args(0, '{}')])).toThrow(expect.objectContaining({ code: 'model_error' }));
});

describe('white space', () => {
  it('between other items is not a message', () => {
    const events = answerTo([thought('a'), text('\n\n'), call(0), args(0, '{}'), text('\n')]).finish(null);
    expect(itemsOf(events)).toMatchObject([{ type: 'reasoning' }, { type: 'function_call' }]);
  });

  it('begins the text that follows it, and is the answer where there is nothing else', () => {
    const said = answerTo([text('\n'), text(' Hi'), text(' ')]).finish(null);
    expect(itemsOf(said)).toMatchObject([{ content: [{ text: '\n Hi ' }] }]);
    const blank = answerTo([thought('a'), text(' '), text('\n')]).finish(null);
    expect(itemsOf(blank)).toMatchObject([{}, { content: [{ text: ' \n' }] }]);
  });
});

it('a rejected answer of several messages is rejected once', () => {
  const events = answerTo([text('a'), thought('b'), text('c')]).finish(null, {
    complaint: 'no JSON',
    calls: new Map(),
  });
  expect(outline(events)).toBe('+0 .0 !0 +1 .1 !1 +2 .2 ~0 !2');
  expect(itemsOf(events)).toMatchObject([
    { status: 'incomplete', rejection: '' },
    { type: 'reasoning', status: 'completed' },
    { status: 'incomplete', rejection: 'no JSON' },
  ]);
});

describe('the origin of a thought', () => {
  const plain = { provider: 'p', field: 'reasoning' as const };
  const detailed = { ...plain, details: [{ type: 'reasoning.encrypted', data: 'x' }] };
  const late: ModelDelta[] = [
    { type: 'reasoning_origin', origin: plain },
    thought('a'),
    text('b'),
    { type: 'reasoning_origin', origin: detailed },
  ];

  it('that arrives after its thought is stored with it', () => {
    const events = answerTo(late).finish(null);
    expect(itemsOf(events)).toMatchObject([{ type: 'reasoning', origin: detailed }, { type: 'message' }]);
    expect(outline(events)).toBe('+0 .0 !0 +1 .1 ~0 !1');
  });

  it('is sealed in a new thought where the caller has received the first', () => {
    const seal = ({ origin }: { origin?: object | undefined }) => JSON.stringify(origin);
    const events = answerTo(late, { seal }).finish(null);
    expect(itemsOf(events)).toMatchObject([
      { type: 'reasoning', text: 'a', sealed: JSON.stringify(plain) },
      { type: 'message' },
      { type: 'reasoning', text: '', sealed: JSON.stringify(detailed) },
    ]);
  });

  it('is marked as a summary where the request asks for one', () => {
    const events = answerTo([thought('a')], { isSummaryAsked: true }).finish(null);
    expect(itemsOf(events)[0]).toMatchObject({ isSummary: true });
  });
});

describe('the data of a call for its provider', () => {
  const signed = (number: number, signature = 's'): ModelDelta => {
    const origin = { provider: 'p', extraContent: { signature }, callId: `own_${number}` };
    return { type: 'call_origin', call: number, origin };
  };
  const renamed: ModelDelta = {
    type: 'call_origin',
    call: 1,
    origin: { provider: 'p', extraContent: {}, callId: 'own_1' },
  };
  const seal = ({ calls = [] }: ThoughtContent) =>
    calls.map(({ callId, origin }) => `${callId} ${JSON.stringify(origin.extraContent)}`).join();
  const sealed = 'call_0 {"signature":"s"}';

  it('is sealed in the thought before it, or in one of its own', () => {
    const deltas = [call(0), signed(0), args(0, '{}'), call(1), renamed, args(1, '{}')];
    const calls = [{ callId: 'call_0' }, { callId: 'call_1' }];
    expect(itemsOf(answerTo([thought('a'), ...deltas], { seal }).finish(null))).toMatchObject([
      { type: 'reasoning', text: 'a', sealed },
      ...calls,
    ]);
    const events = answerTo([text('b'), ...deltas], { seal }).finish(null);
    expect(itemsOf(events)).toMatchObject([
      { type: 'message' },
      { type: 'reasoning', text: '', origin: { provider: 'p' }, sealed },
      ...calls,
    ]);
    expect(outline(events)).toBe('+0 .0 !0 +1 !1 +2 .2 !2 +3 .3 !3');
  });

  it('is sealed after its call where it comes late, and not for a call that was cut off', () => {
    const late = () => {
      const answer = answerTo([call(0)], { seal });
      answer.add([args(0, '{}'), signed(0)]);
      return answer;
    };
    expect(itemsOf(late().finish(null))).toMatchObject([{ callId: 'call_0' }, { type: 'reasoning', sealed }]);
    expect(itemsOf(late().finish(cutShort))).toMatchObject([{ callId: 'call_0' }]);
  });

  it('makes no thought where the caller keeps none', () => {
    expect(itemsOf(answerTo([call(0), signed(0), args(0, '{}')]).finish(null))).toMatchObject([
      { callId: 'call_0' },
    ]);
  });
});
