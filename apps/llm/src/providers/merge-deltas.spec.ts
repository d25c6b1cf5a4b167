import type { ModelDelta } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { mergeDeltas } from './merge-deltas.ts';

const text = (piece: string): ModelDelta => ({ type: 'text', text: piece });
const thought = (piece: string): ModelDelta => ({ type: 'reasoning', text: piece });
const refusal = (piece: string): ModelDelta => ({ type: 'refusal', text: piece });
const args = (call: number, piece: string): ModelDelta => ({ type: 'arguments', call, text: piece });
const call = (number: number): ModelDelta => ({
  type: 'call',
  call: number,
  callId: `call_${number}`,
  name: 'f',
});
const image: ModelDelta = {
  type: 'text',
  text: '',
  images: [{ type: 'image', url: 'data:image/png;base64,' }],
};
const citation: ModelDelta = {
  type: 'citation',
  citation: { url: 'https://a.example', title: 'A', startIndex: 0, endIndex: 1 },
};
const origin = (host: string): ModelDelta => ({
  type: 'reasoning_origin',
  origin: { provider: host, field: 'reasoning' },
});
const spoken = (token: string) => ({
  type: 'text' as const,
  text: token,
  logprobs: [{ token, logprob: -1, bytes: [...Buffer.from(token)], top: [] }],
});

const ran = (piece: string): ModelDelta => ({ type: 'hosted_arguments', call: 0, text: piece });
const made = { kind: 'image_generation', action: 'generate', revisedPrompt: '', traits: {} } as const;
const progress = (index: number): ModelDelta => ({
  type: 'hosted_progress',
  call: 0,
  detail: { ...made, partial: { index, image: { mediaType: 'image/png', base64: 'AA' } } },
});
const result: ModelDelta = {
  type: 'hosted_result',
  call: 0,
  result: { output: 'Made.', detail: made, error: null },
};
describe('deltas', () => {
  it.each<[string, ModelDelta[], ModelDelta[]]>([
    [
      'of one kind become one',
      [thought('a'), thought('b'), text('c'), text('d'), refusal('e'), refusal('f')],
      [thought('ab'), text('cd'), refusal('ef')],
    ],
    [
      'of a text stand before and after a citation',
      [text('a'), citation, text('b')],
      [text('a'), citation, text('b')],
    ],
    ['with images keep their places', [text('a'), image, text('b')], [text('a'), image, text('b')]],
    [
      'of calls stay with their call',
      [call(0), args(0, '{'), args(0, '}'), call(1), args(1, '['), args(0, ' '), args(1, ']')],
      [call(0), args(0, '{}'), call(1), args(1, '['), args(0, ' '), args(1, ']')],
    ],
    [
      'of a thought continue after its origin, of which the last one counts',
      [origin('a'), thought('b'), origin('c'), thought('d'), origin('e')],
      [origin('a'), thought('bd'), origin('e')],
    ],
    [
      'of a call that the provider runs have the newest detail once',
      [ran('{'), ran('}'), progress(1), progress(2), result],
      [ran('{}'), { type: 'hosted_progress', call: 0 }, result],
    ],
    ['that say nothing are left out', [text(''), thought(''), text('a'), args(0, '')], [text('a')]],
  ])('%s', (_what, deltas, expected) => {
    expect(mergeDeltas(deltas)).toEqual(expected);
  });

  it('keep the logprobs of all their tokens', () => {
    const one = spoken('a');
    const two = spoken('b');
    expect(mergeDeltas([one, two])).toEqual([
      { type: 'text', text: 'ab', logprobs: [...one.logprobs, ...two.logprobs] },
    ]);
    expect(one).toEqual(spoken('a'));
  });
});
