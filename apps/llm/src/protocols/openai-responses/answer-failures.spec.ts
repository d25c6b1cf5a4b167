import { describe, expect, it } from 'vitest';
import { isTransient } from '../../providers/errors/provider-errors.ts';
import { added, args, call, completed, created, done, type Event, text } from './__fixtures__/events.ts';
import { answer, play, sse } from './__fixtures__/play.ts';

async function errorOf(events: readonly Event[]): Promise<unknown> {
  return play(sse(events)).then(
    () => expect.fail('nothing was thrown'),
    (error: unknown) => error,
  );
}

describe('an answer that fails', () => {
  it.each<[string, Event[], object]>([
    [
      'no end',
      [created, text(0, 'Hel')],
      { message: expect.stringContaining('before it was whole') as string },
    ],
    [
      'an unknown end',
      [text(0, 'H'), { type: 'response.cancelled', response: {} }],
      { message: expect.stringContaining('"cancelled"') as string },
    ],
    [
      'no reason',
      [text(0, 'H'), { type: 'response.incomplete', response: { status: 'incomplete' } }],
      { message: expect.stringContaining('before it was whole') as string },
    ],
    [
      'no output',
      [created, completed],
      { message: expect.stringContaining('without any content') as string },
    ],
    [
      'nothing but thoughts',
      [done(0, { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'g' }), completed],
      { message: expect.stringContaining('without any content') as string },
    ],
    [
      'a cut call',
      [added(0, call('c1')), args(0, '{"a'), completed],
      { message: expect.stringContaining('arguments that are not a JSON object') as string },
    ],
  ])('fails, and may be retried, with %s', async (_name, events, expected) => {
    const error = await errorOf(events);
    expect(error).toMatchObject({ code: 'model_error', ...expected });
    expect(isTransient(error)).toBe(true);
  });

  it.each<[string, Event[], string]>([
    [
      'other items only',
      [done(0, { type: 'custom_tool_call', id: 'x' }), completed],
      'nothing but custom_tool_call',
    ],
    ['a call without a name', [args(0, '{}'), completed], 'without naming it'],
    ['an end without a response', [{ type: 'response.completed' }], 'without its response'],
  ])('fails with %s', async (_name, events, words) => {
    const error = await errorOf(events);
    expect(error).toMatchObject({ code: 'model_error', message: expect.stringContaining(words) as string });
    expect(isTransient(error)).toBe(false);
  });

  const failed = (code: string, message = 'The reason.'): Event[] => [
    text(0, 'Hel'),
    { type: 'response.failed', response: { status: 'failed', error: { code, message } } },
  ];

  it.each<[string, Event[], string, boolean]>([
    ['an overload', failed('server_is_overloaded'), 'model_overloaded', true],
    ['a fault', failed('server_error'), 'model_error', true],
    ['a limit', failed('rate_limit_exceeded'), 'rate_limited', true],
    ['an empty account', failed('insufficient_quota'), 'quota_exhausted', false],
    ['an overflow', failed('context_length_exceeded'), 'context_too_long', false],
    ['a refused prompt', failed('invalid_prompt'), 'model_refused', false],
    ['a refused subject', failed('bio_policy'), 'model_refused', false],
    ['a refused use', failed('misalignment_policy_violation'), 'model_refused', false],
    ['a refused image', failed('image_content_policy_violation'), 'model_refused', false],
    ['an unreadable image', failed('invalid_image_format'), 'model_refused', false],
    ['a large image', failed('image_file_too_large'), 'model_refused', false],
    ['a missing image', failed('image_file_not_found', 'Not found'), 'model_refused', false],
    ['a link to no image', failed('failed_to_download_image'), 'model_refused', false],
    [
      'an error event',
      [{ type: 'error', code: 'rate_limit_exceeded', message: 'Slow.' }],
      'rate_limited',
      true,
    ],
    [
      'an error within an event',
      [{ type: 'error', error: { type: 'insufficient_quota', code: 'insufficient_quota', message: 'Pay.' } }],
      'quota_exhausted',
      false,
    ],
    ['the error of a proxy', [{ error: { message: 'Bad gateway', code: 502 } }], 'model_error', true],
  ])('reads %s', async (_name, events, code, transient) => {
    const error = await errorOf([created, ...events]);
    expect(error).toMatchObject({ code });
    expect(isTransient(error)).toBe(transient);
    const last = events.at(-1)?.['response'];
    if (last !== undefined)
      await expect(play(JSON.stringify({ ...last, output: [] }))).rejects.toMatchObject({ code });
  });

  it.each(['not JSON', '[]', '{"object":"list"}', '{"choices":[]}'])(
    'does not accept %s as an answer',
    async (body) => {
      await expect(play(body)).rejects.toMatchObject({ code: 'model_error' });
      expect(() => answer().event('x', [])).toThrow('not a JSON object');
    },
  );
});
