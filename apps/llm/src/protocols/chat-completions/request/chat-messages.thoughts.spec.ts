import type { Item, ThoughtOrigin } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import {
  call,
  chatCall,
  message,
  messages,
  output,
  text,
  thought,
  tool,
} from '../__fixtures__/chat-items.ts';

describe('a thought', () => {
  const thoughtOf = (provider: string, words: string, more: Partial<ThoughtOrigin> = {}): Item => ({
    type: 'reasoning',
    id: 'rs',
    text: words,
    status: 'completed',
    origin: { provider, field: 'reasoning', ...more },
  });
  const loop = (...thoughts: Item[]) => [
    message('user', text('Old')),
    thoughtOf('here', 'earlier'),
    message('assistant', text('Done.')),
    message('user', text('New')),
    ...thoughts,
    message('assistant', text('Let me look.')),
    call('a'),
    output('a', 'one'),
  ];
  const last = { role: 'assistant', content: 'Let me look.', tool_calls: [chatCall('a')] };
  const assistants = (...args: Parameters<typeof messages>) =>
    messages(...args).filter(({ role }) => role === 'assistant');

  it('is sent back with its calls, in its original field, until the next user message', () => {
    expect(assistants(null, loop(thoughtOf('here', 'now')))).toEqual([
      { role: 'assistant', content: 'Done.' },
      { ...last, reasoning: 'now' },
    ]);
    const items = [thoughtOf('here', 'now', { field: 'reasoning_content' }), call('a'), output('a', 'one')];
    expect(assistants(null, items)).toEqual([
      { role: 'assistant', content: null, tool_calls: [chatCall('a')], reasoning_content: 'now' },
    ]);
  });

  it('is sent back in the form of its provider, where that is more than text', () => {
    const details = [{ type: 'reasoning.encrypted', data: 'xyz' }];
    expect(assistants(null, loop(thoughtOf('here', '', { details }))).at(-1)).toEqual({
      ...last,
      reasoning_details: details,
    });
  });

  it('is sent back with the other thoughts of its answer', () => {
    const answer = [
      thoughtOf('here', 'First'),
      message('assistant', text('Let me look.')),
      thoughtOf('here', ', then'),
      call('a'),
      output('a', 'one'),
    ];
    expect(assistants(null, answer)).toEqual([{ ...last, reasoning: 'First, then' }]);
    const details = [{ type: 'reasoning.text', text: 'First, then' }];
    expect(assistants(null, answer.with(2, thoughtOf('here', '', { details }))).at(-1)).toMatchObject({
      reasoning_details: details,
    });
  });

  it('is not sent to another provider, nor to one that accepts none', () => {
    for (const sent of [
      assistants(null, loop(thoughtOf('elsewhere', 'now'))),
      assistants(null, loop(thoughtOf('here', 'now')), { reasoning_sent_back: 'none' }),
    ])
      expect(sent).toEqual([{ role: 'assistant', content: 'Done.' }, last]);
  });

  it('is sent back with every message where the provider requires it, never empty', () => {
    const all = { reasoning_sent_back: 'all' } as const;
    expect(assistants(null, loop(thought), all)).toEqual([
      { role: 'assistant', content: 'Done.', reasoning: 'earlier' },
      { ...last, reasoning_content: 'hm' },
    ]);
    for (const unknown of [thoughtOf('elsewhere', 'now'), thoughtOf('here', ''), { ...thought, text: '' }])
      expect(assistants(null, loop(unknown), all).at(-1)).toEqual({
        ...last,
        reasoning_content: ' ',
      });
  });

  it('is sent back as content parts where the provider has that form', () => {
    const parts = { thoughts: 'parts' } as const;
    const thinking = (words: string) => ({ type: 'thinking', thinking: [{ type: 'text', text: words }] });
    expect(assistants(null, loop(thought), parts).at(-1)).toEqual({
      ...last,
      content: [thinking('hm'), { type: 'text', text: 'Let me look.' }],
    });
    expect(messages(null, [thought, call('a'), output('a', 'one')], parts)[0]).toEqual({
      role: 'assistant',
      content: [thinking('hm')],
      tool_calls: [chatCall('a')],
    });
    expect(assistants(null, loop(thoughtOf('elsewhere', 'now')), parts).at(-1)).toEqual(last);
  });

  it('is sent back in the field that its origin names', () => {
    const items = [
      message('user', text('Hi')),
      thoughtOf('here', 'hm', { sentAs: 'reasoning_text' }),
      call('a'),
    ];
    expect(messages(null, items)[1]).toMatchObject({ role: 'assistant', reasoning_text: 'hm' });
  });

  it('is left out without an origin; calls without a message get one', () => {
    expect(
      messages(null, [thought, call('a', 'one', ''), output('a', 'done'), message('assistant', text('So.'))]),
    ).toEqual([
      { role: 'assistant', content: null, tool_calls: [chatCall('a', 'one', '{}')] },
      tool('a', 'done'),
      { role: 'assistant', content: 'So.' },
    ]);
  });
});
