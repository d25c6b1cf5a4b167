import {
  functionCall,
  type FunctionCallItem,
  type Item,
  type MessageItem,
  type ThoughtOrigin,
} from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { type ReasoningSentBack, toChatMessages, toChatParams } from './chat-messages.ts';
import { modelRequest } from './__fixtures__/model-request.ts';

const message = (role: MessageItem['role'], ...content: MessageItem['content']): Item => ({
  type: 'message',
  id: 'msg',
  role,
  content,
  status: 'completed',
});
const text = (words: string) => ({ type: 'text' as const, text: words });
const call = (callId: string, name = 'search', args = '{}'): FunctionCallItem =>
  functionCall({
    id: `fc_${callId}`,
    callId,
    name,
    arguments: args,
    executor: 'server',
  });
const output = (callId: string, said: string): Item => ({
  type: 'function_call_output',
  id: `fco_${callId}`,
  callId,
  output: said,
  status: 'completed',
});
const thought: Item = { type: 'reasoning', id: 'rs', text: 'hm', status: 'completed' };

/** As most providers are asked. */
const messages = (
  instructions: string | null,
  items: readonly Item[],
  reasoningSentBack: ReasoningSentBack = 'turn',
) => toChatMessages(instructions, items, { host: 'here', reasoningSentBack });

const chatCall = (id: string, name = 'search', args = '{}') => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
const tool = (id: string, content: string) => ({ role: 'tool', tool_call_id: id, content });

describe('toChatMessages', () => {
  it('puts the instructions first and names developers system', () => {
    expect(
      messages('Be brief.', [message('developer', text('Rhyme.')), message('user', text('Hi'))]),
    ).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'system', content: 'Rhyme.' },
      { role: 'user', content: 'Hi' },
    ]);
  });

  it('puts all calls of a turn into the message before them, each followed by its output', () => {
    const items = [
      message('user', text('Hi')),
      message('assistant', text('Let me look.')),
      call('a'),
      thought,
      call('b'),
      output('b', 'two'),
      output('a', 'one'),
    ];
    expect(messages(null, items)).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Let me look.', tool_calls: [chatCall('a'), chatCall('b')] },
      tool('a', 'one'),
      tool('b', 'two'),
    ]);
  });

  it('leaves out reasoning of nobody knows whom, and makes a message for calls that have none', () => {
    expect(
      messages(null, [thought, call('a', 'one', ''), output('a', 'done'), message('assistant', text('So.'))]),
    ).toEqual([
      { role: 'assistant', content: null, tool_calls: [chatCall('a', 'one', '{}')] },
      tool('a', 'done'),
      { role: 'assistant', content: 'So.' },
    ]);
  });

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

    it('goes back with its calls, in the field that it came in, until the user speaks again', () => {
      expect(assistants(null, loop(thoughtOf('here', 'now')))).toEqual([
        { role: 'assistant', content: 'Done.' },
        { ...last, reasoning: 'now' },
      ]);
      const items = [thoughtOf('here', 'now', { field: 'reasoning_content' }), call('a'), output('a', 'one')];
      expect(assistants(null, items)).toEqual([
        { role: 'assistant', content: null, tool_calls: [chatCall('a')], reasoning_content: 'now' },
      ]);
    });

    it('goes back as its provider keeps it, where that is more than text', () => {
      const details = [{ type: 'reasoning.encrypted', data: 'xyz' }];
      expect(assistants(null, loop(thoughtOf('here', '', { details }))).at(-1)).toEqual({
        ...last,
        reasoning_details: details,
      });
    });

    it('goes back with the other thoughts of its answer', () => {
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

    it('is not shown to another provider, nor to one that wants none', () => {
      for (const sent of [
        assistants(null, loop(thoughtOf('elsewhere', 'now'))),
        assistants(null, loop(thoughtOf('here', 'now')), 'none'),
      ])
        expect(sent).toEqual([{ role: 'assistant', content: 'Done.' }, last]);
    });

    it('goes back with every message where the provider insists, be it empty', () => {
      expect(assistants(null, loop(thought), 'all')).toEqual([
        { role: 'assistant', content: 'Done.', reasoning: 'earlier' },
        { ...last, reasoning_content: 'hm' },
      ]);
      expect(assistants(null, loop(thoughtOf('elsewhere', 'now')), 'all').at(-1)).toEqual({
        ...last,
        reasoning_content: '',
      });
    });
  });

  it('calls a call by the id that its provider gave it, and elsewhere by the one that was handed out', () => {
    const renamed = (provider: string) => [
      { ...call('call_short'), origin: { provider, extraContent: {}, callId: 'call_long' } },
      output('call_short', 'one'),
    ];
    expect(messages(null, renamed('here'))).toEqual([
      { role: 'assistant', content: null, tool_calls: [chatCall('call_long')] },
      tool('call_long', 'one'),
    ]);
    expect(messages(null, renamed('elsewhere'))).toEqual([
      { role: 'assistant', content: null, tool_calls: [chatCall('call_short')] },
      tool('call_short', 'one'),
    ]);
  });

  it('sends a thought back in the field that it came in, whatever its name', () => {
    const origin: ThoughtOrigin = { provider: 'here', field: 'reasoning', sentAs: 'reasoning_text' };
    const items: Item[] = [message('user', text('Hi')), { ...thought, origin }, call('a')];
    expect(messages(null, items)[1]).toMatchObject({ role: 'assistant', reasoning_text: 'hm' });
  });

  it('gives a call back what its provider sent with it, and to no other provider', () => {
    const extraContent = { google: { thought_signature: 'abc' } };
    const signed = (provider: string) => [{ ...call('a'), origin: { provider, extraContent } }];
    const sent = (provider: string) => messages(null, signed(provider))[0];
    expect(sent('here')).toMatchObject({ tool_calls: [{ ...chatCall('a'), extra_content: extraContent }] });
    expect(sent('elsewhere')).toEqual({ role: 'assistant', content: null, tool_calls: [chatCall('a')] });
  });

  it('finds outputs that stand elsewhere, and stands in for those that are missing', () => {
    const items = [
      call('a'),
      call('b'),
      output('a', 'one'),
      message('user', text('And?')),
      output('b', 'late'),
      call('c'),
    ];
    expect(messages(null, items)).toEqual([
      { role: 'assistant', content: null, tool_calls: [chatCall('a'), chatCall('b')] },
      tool('a', 'one'),
      tool('b', 'late'),
      { role: 'user', content: 'And?' },
      { role: 'assistant', content: null, tool_calls: [chatCall('c')] },
      tool('c', 'This call was not carried out.'),
    ]);
  });

  it('gives each turn its own output where a model uses one call id again', () => {
    const sent = messages(null, [call('x'), output('x', 'first'), call('x'), output('x', 'second')]);
    expect(sent.filter((entry) => entry.role === 'tool')).toEqual([tool('x', 'first'), tool('x', 'second')]);
  });

  it('passes on images, audio and files, and outputs with parts as text', () => {
    const items: Item[] = [
      message(
        'user',
        text('Look'),
        { type: 'image', url: 'https://example.com/a.png', detail: 'low' },
        { type: 'audio', data: 'AAAA', format: 'wav' },
        { type: 'file', filename: 'a.pdf', url: 'data:application/pdf;base64,AAAA' },
      ),
      call('a'),
      {
        type: 'function_call_output',
        id: 'fco',
        callId: 'a',
        output: [text('seen'), { type: 'image', url: 'https://example.com/b.png' }],
        status: 'completed',
      },
    ];
    expect(messages(null, items)).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
          { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
          { type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA', filename: 'a.pdf' } },
        ],
      },
      { role: 'assistant', content: null, tool_calls: [chatCall('a')] },
      tool('a', 'seen\n[image]'),
    ]);
  });

  it('passes on refusals', () => {
    expect(messages(null, [message('assistant', { type: 'refusal', refusal: 'No.' })])).toEqual([
      { role: 'assistant', content: null, refusal: 'No.' },
    ]);
  });

  it('refuses files by address, which no chat model fetches', () => {
    const items = [message('user', { type: 'file', url: 'https://example.com/a.pdf' })];
    expect(() => messages(null, items)).toThrow(expect.objectContaining({ code: 'model_refused' }) as Error);
  });
});

describe('toChatParams', () => {
  const options = { maxTokensField: 'max_tokens' as const, host: 'here', reasoningSentBack: 'turn' as const };

  it('sends only what was said', () => {
    expect(toChatParams(modelRequest('Hi'), options)).toEqual({
      model: 'test-model',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('sends everything that was said', () => {
    const request = modelRequest('Hi', {
      tools: [{ name: 'search', description: 'Finds.', parameters: null, strict: true }],
      toolChoice: { name: 'search' },
      chatFields: { stop: ['.'], seed: 7 },
      settings: {
        temperature: 0.5,
        topP: 0.9,
        presencePenalty: 1,
        frequencyPenalty: -1,
        maxOutputTokens: 100,
        parallelToolCalls: false,
        reasoningEffort: 'low',
        reasoningSummary: 'auto',
        verbosity: 'low',
        topLogprobs: 2,
        user: 'u',
        safetyIdentifier: 's',
        promptCacheKey: 'k',
        textFormat: {
          type: 'json_schema',
          name: 'answer',
          description: null,
          schema: { type: 'object' },
          strict: true,
        },
      },
    });
    expect(toChatParams(request, { ...options, maxTokensField: 'max_completion_tokens' })).toEqual({
      stop: ['.'],
      seed: 7,
      model: 'test-model',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0.5,
      top_p: 0.9,
      presence_penalty: 1,
      frequency_penalty: -1,
      max_completion_tokens: 100,
      parallel_tool_calls: false,
      reasoning_effort: 'low',
      verbosity: 'low',
      logprobs: true,
      top_logprobs: 2,
      user: 'u',
      safety_identifier: 's',
      prompt_cache_key: 'k',
      tools: [
        {
          type: 'function',
          function: {
            name: 'search',
            description: 'Finds.',
            parameters: { type: 'object', properties: {} },
            strict: true,
          },
        },
      ],
      tool_choice: { type: 'function', function: { name: 'search' } },
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'answer', schema: { type: 'object' }, strict: true },
      },
    });
  });

  it('leaves out what providers refuse without tools', () => {
    const params = toChatParams(
      modelRequest('Hi', { toolChoice: 'required', settings: { parallelToolCalls: true } }),
      options,
    );
    expect(params).not.toHaveProperty('tool_choice');
    expect(params).not.toHaveProperty('parallel_tool_calls');
  });
});
