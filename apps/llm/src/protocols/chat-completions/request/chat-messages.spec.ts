import type { Item, MessageItem } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { providerTable } from '../../../presets/provider-table.ts';
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

describe('toChatMessages', () => {
  it('puts the instructions first and turns developer messages into system messages', () => {
    const items = [message('developer', text('Rhyme.')), message('user', text('Hi'))];
    expect(messages('Be brief.', items, { system_messages: 'keep' })).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'system', content: 'Rhyme.' },
      { role: 'user', content: 'Hi' },
    ]);
  });

  it('keeps the role of developers where the provider knows it', () => {
    const items = [message('developer', text('Rhyme.')), message('system', text('Be kind.'))];
    expect(messages(null, items, { system_messages: 'keep', developer_messages: 'keep' })).toEqual([
      { role: 'developer', content: 'Rhyme.' },
      { role: 'system', content: 'Be kind.' },
    ]);
    for (const name of ['openai', 'azure'])
      expect(providerTable[name]?.quirks).toMatchObject({ developer_messages: 'keep' });
  });

  describe('merged system messages', () => {
    it('are the first message', () => {
      const items = [
        message('system', text('Rhyme.')),
        message('developer', text('Always.')),
        message('user', text('Hi')),
      ];
      expect(messages('Be brief.', items)).toEqual([
        { role: 'system', content: 'Be brief.\n\nRhyme.\n\nAlways.' },
        { role: 'user', content: 'Hi' },
      ]);
    });

    it('become user text at a later place, within the adjacent user message', () => {
      const items = [
        message('user', text('Hi')),
        message('developer', text('In French.')),
        message('assistant', text('Salut')),
        message('system', text('In Greek.')),
        message('user', text('And?')),
        message('assistant', text('Geia')),
        message('system', text('Now stop.')),
      ];
      expect(messages(null, items)).toEqual([
        { role: 'user', content: 'Hi\n\nIn French.' },
        { role: 'assistant', content: 'Salut' },
        { role: 'user', content: 'In Greek.\n\nAnd?' },
        { role: 'assistant', content: 'Geia' },
        { role: 'user', content: 'Now stop.' },
      ]);
    });

    it('leave user messages unchanged, and replace a missing one', () => {
      const twoOfUser = [message('user', text('One')), message('user', text('Two'))];
      expect(messages(null, twoOfUser)).toHaveLength(2);
      expect(messages('Be brief.', [message('developer', text('Greet.'))])).toEqual([
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Greet.' },
      ]);
    });
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

  it("names a call by its provider's id there, and by the id for clients elsewhere", () => {
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

  it("sends a call's provider data back to that provider only", () => {
    const extraContent = { google: { thought_signature: 'abc' } };
    const signed = (provider: string) => [{ ...call('a'), origin: { provider, extraContent } }];
    const sent = (provider: string) => messages(null, signed(provider))[0];
    expect(sent('here')).toMatchObject({ tool_calls: [{ ...chatCall('a'), extra_content: extraContent }] });
    expect(sent('elsewhere')).toEqual({ role: 'assistant', content: null, tool_calls: [chatCall('a')] });
  });

  it('finds outputs at other places, and replaces missing ones', () => {
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

  it('assigns each turn its own output where a model reuses a call id', () => {
    const sent = messages(null, [call('x'), output('x', 'first'), call('x'), output('x', 'second')]);
    expect(sent.filter((entry) => entry.role === 'tool')).toEqual([tool('x', 'first'), tool('x', 'second')]);
  });

  it('passes on images, audio and files', () => {
    const items: Item[] = [
      message(
        'user',
        text('Look'),
        { type: 'image', url: 'https://example.com/a.png', detail: 'low' },
        { type: 'audio', data: 'AAAA', format: 'wav' },
        { type: 'file', filename: 'a.pdf', url: 'data:application/pdf;base64,AAAA' },
      ),
      call('a'),
      output('a', 'seen'),
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
      tool('a', 'seen'),
    ]);
  });

  describe('images and files in the output of a tool', () => {
    const picture = { type: 'image' as const, url: 'data:image/png;base64,AAAA' };
    const report = { type: 'file' as const, filename: 'a.pdf', url: 'data:application/pdf;base64,AAAA' };
    const shown = (callId: string, ...content: MessageItem['content']): Item => ({
      type: 'function_call_output',
      id: `fco_${callId}`,
      callId,
      output: content,
      status: 'completed',
    });
    const items = [
      call('a', 'draw'),
      call('b'),
      shown('a', text('Drawn.'), picture, report),
      output('b', 'two'),
      message('user', text('Nice?')),
    ];
    const imagePart = { type: 'image_url', image_url: { url: picture.url } };
    const filePart = { type: 'file', file: { file_data: report.url, filename: 'a.pdf' } };

    it('follow all outputs as a message of the user', () => {
      expect(messages(null, items).slice(1)).toEqual([
        tool('a', 'Drawn.\n(The output goes on after the outputs of this turn: image, file.)'),
        tool('b', 'two'),
        {
          role: 'user',
          content: [{ type: 'text', text: 'From the output of draw:' }, imagePart, filePart],
        },
        { role: 'user', content: 'Nice?' },
      ]);
    });

    it("are in the tool's message where the provider takes images there", () => {
      expect(
        messages(null, [call('a', 'draw'), shown('a', text('Drawn.'), picture)], { tool_images: 'tool' }),
      ).toEqual([
        { role: 'assistant', content: null, tool_calls: [chatCall('a', 'draw')] },
        { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'Drawn.' }, imagePart] },
      ]);
    });

    it('have a sentence where the output holds nothing else', () => {
      expect(messages(null, [call('a', 'draw'), shown('a', picture)])[1]).toEqual(
        tool('a', '(The output goes on after the outputs of this turn: image.)'),
      );
    });

    it('have the form of the provider', () => {
      const sent = messages(null, [message('user', report)], { file_part: 'document_url' });
      expect(sent).toEqual([
        {
          role: 'user',
          content: [{ type: 'document_url', document_url: report.url, document_name: 'a.pdf' }],
        },
      ]);
    });
  });

  it('sends a refusal back as its text, and nothing for an empty turn', () => {
    expect(messages(null, [message('assistant', { type: 'refusal', refusal: 'No.' })])).toEqual([
      { role: 'assistant', content: 'No.' },
    ]);
    const silent = [
      message('user', text('Hi')),
      thought,
      message('assistant', text('')),
      message('user', text('Well?')),
      thought,
      message('assistant'),
      call('a'),
      output('a', 'one'),
    ];
    expect(messages(null, silent)).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'user', content: 'Well?' },
      { role: 'assistant', content: null, tool_calls: [chatCall('a')] },
      tool('a', 'one'),
    ]);
  });

  it("keeps the order of roles and the form of ids of Mistral's templates", () => {
    const items = [
      message('user', text('Hi')),
      call('call_0123456789'),
      call('aB3dE6gH9'),
      output('call_0123456789', 'one'),
      output('aB3dE6gH9', 'two'),
      message('user', text('And?')),
    ];
    const sent = messages(null, items, { user_after_tool: false, tool_call_ids: 'nine' });
    expect(sent.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'tool', 'assistant', 'user']);
    const ids = sent.flatMap((entry) => (entry.role === 'tool' ? [entry.tool_call_id] : []));
    expect(ids).toEqual([expect.stringMatching(/^[a-z0-9]{9}$/i), 'aB3dE6gH9']);
    expect(sent[1]).toMatchObject({ tool_calls: ids.map((id) => ({ id })) });
  });

  it('joins user messages for templates that require alternating roles', () => {
    const picture = { type: 'image' as const, url: 'https://example.com/a.png' };
    const items = [message('user', text('One')), message('user', text('Two')), message('user', picture)];
    expect(messages(null, items, { user_messages: 'join' })).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'One\n\nTwo' },
          { type: 'image_url', image_url: { url: picture.url } },
        ],
      },
    ]);
  });
});
