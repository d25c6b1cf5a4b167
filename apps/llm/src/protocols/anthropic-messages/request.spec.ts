import type { JsonObject } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { called, foreignHistory, output, said, thought, tool } from '../__fixtures__/conversation.ts';
import { account, adaptive, bodyOf, budget, callOf, errorOf, newest } from './__fixtures__/checked-call.ts';

describe('messages', () => {
  it('are the system text and the turns', () => {
    const items = [
      said('system', 'Speak French.'),
      said('user', 'Hello'),
      said('assistant', 'Bonjour'),
      said('user', 'Again'),
    ];
    expect(bodyOf({ instructions: 'Be kind.', items })).toEqual({
      model: adaptive,
      max_tokens: 128_000,
      system: [
        { type: 'text', text: 'Be kind.' },
        { type: 'text', text: 'Speak French.' },
      ],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
        { role: 'assistant', content: [{ type: 'text', text: 'Bonjour' }] },
        { role: 'user', content: [{ type: 'text', text: 'Again' }] },
      ],
      stream: true,
    });
  });

  it('of instructions alone are one message of the user', () => {
    expect(bodyOf({ instructions: 'Say hello.', items: [] })).toMatchObject({
      messages: [{ role: 'user', content: [{ text: 'Say hello.' }] }],
    });
    expect(bodyOf({ instructions: 'Say hello.', items: [] })).not.toHaveProperty('system');
  });

  it('are refused where there are none', () => {
    expect(errorOf({ items: [] })).toMatchObject({ code: 'model_refused', param: 'items' });
  });

  it('have images and files', () => {
    const png = 'data:image/png;base64,iVBORw0=';
    const pdf = `data:application/octet-stream;base64,${Buffer.from('%PDF-1.7').toString('base64')}`;
    const items = [
      said('user', [
        { type: 'image', url: png },
        { type: 'image', url: 'https://a.example/b.jpg' },
        { type: 'file', url: pdf, filename: 'a.pdf' },
        { type: 'file', url: 'https://a.example/c.pdf' },
        { type: 'file', url: 'data:text/csv,a%2Cb' },
      ]),
    ];
    expect(bodyOf({ items }).messages[0]?.content).toEqual([
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0=' } },
      { type: 'image', source: { type: 'url', url: 'https://a.example/b.jpg' } },
      {
        type: 'document',
        source: {
          type: 'base64',
          media_type: 'application/pdf',
          data: Buffer.from('%PDF-1.7').toString('base64'),
        },
        title: 'a.pdf',
      },
      { type: 'document', source: { type: 'url', url: 'https://a.example/c.pdf' } },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a,b' } },
    ]);
  });

  it.each([
    [{ type: 'image', url: 'data:image/svg+xml;base64,PHN2Zz4=' } as const],
    [{ type: 'file', url: 'data:application/zip;base64,UEs=' } as const],
    [{ type: 'audio', data: 'AAAA', format: 'wav' } as const],
  ])('are refused with their place for content that the API does not accept', (part) => {
    expect(errorOf({ items: [said('user', [{ type: 'text', text: 'look' }, part])] })).toMatchObject({
      code: 'model_refused',
      param: 'items[0].content[1]',
    });
  });
});

it('names the place of an output that the API does not accept', () => {
  const audio = { type: 'audio', data: 'AAAA', format: 'wav' } as const;
  const items = [
    said('user', 'a'),
    called('a', 'tide', '{}'),
    output('a', [{ type: 'text', text: 'b' }, audio]),
  ];
  expect(errorOf({ items })).toMatchObject({ code: 'model_refused', param: 'items[2].output[1]' });
});

describe('calls', () => {
  it('of one turn stand in one message, their outputs first in the next one', () => {
    const items = [
      said('user', 'Tides?'),
      said('assistant', 'I look.'),
      called('toolu_a', 'tide', '{"port":"Brest"}'),
      called('toolu_b', 'tide', '{}', { error: { code: 'internal', message: 'no port' } }),
      output('toolu_b', 'no port'),
      output('toolu_a', [
        { type: 'text', text: 'high' },
        { type: 'image', url: 'https://a.example/t.png' },
      ]),
      said('user', 'Thanks'),
    ];
    expect(bodyOf({ items, tools: [tool('tide')] }).messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'I look.' },
          { type: 'tool_use', id: 'toolu_a', name: 'tide', input: { port: 'Brest' } },
          { type: 'tool_use', id: 'toolu_b', name: 'tide', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'toolu_a',
            content: [
              { type: 'text', text: 'high' },
              { type: 'image', source: { type: 'url', url: 'https://a.example/t.png' } },
            ],
          },
          {
            type: 'tool_result',
            tool_use_id: 'toolu_b',
            content: [{ type: 'text', text: 'no port' }],
            is_error: true,
          },
          { type: 'text', text: 'Thanks' },
        ],
      },
    ]);
  });

  it('of any provider are accepted, and the same ones give the same bytes', () => {
    const body = bodyOf({ items: foreignHistory, model: budget, settings: { reasoningEffort: 'high' } });
    expect(body.messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
    ]);
    // Without a thought before its calls the model is not asked to think on.
    expect(body).not.toHaveProperty('thinking.budget_tokens', expect.anything());
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(body.tool_choice).toEqual({ type: 'none' });
    const again = bodyOf({ items: foreignHistory, model: budget, settings: { reasoningEffort: 'high' } });
    expect(JSON.stringify(again)).toBe(JSON.stringify(body));
  });

  it('get the ids back that this account gave', () => {
    const origin = { provider: account, extraContent: {}, callId: 'toolu_long' };
    const items = [
      said('user', 'a'),
      called('call_short', 'tide', '{}', { origin }),
      output('call_short', 'b'),
    ];
    expect(JSON.stringify(bodyOf({ items }).messages)).toContain('"tool_use_id":"toolu_long"');
  });
});

describe('thoughts', () => {
  const details: JsonObject[] = [
    { type: 'thinking', thinking: 'Two ports,\u2028 two tides.', signature: 'signed+1/==' },
    { type: 'redacted_thinking', data: 'aGlk' },
  ];
  const loop = (provider: string) => [
    said('user', 'Tides?'),
    thought(provider, details),
    called('toolu_a', 'tide', '{}'),
    output('toolu_a', 'high'),
  ];

  it('go back to their account byte-equal, before what followed them', () => {
    const body = bodyOf({
      items: loop(account),
      model: budget,
      tools: [tool('tide')],
      settings: { reasoningEffort: 'low' },
    });
    expect(body.messages[1]?.content.map(({ type }) => type)).toEqual([
      'thinking',
      'redacted_thinking',
      'tool_use',
    ]);
    expect(JSON.stringify(body.messages[1]?.content.slice(0, 2))).toBe(JSON.stringify(details));
    expect(body.thinking).toEqual({ type: 'enabled', budget_tokens: 2_048 });
  });

  it.each(['api.other.com', `${account}#second`])('never go to another account (%s)', (provider) => {
    expect(JSON.stringify(bodyOf({ items: loop(provider), tools: [tool('tide')] }))).not.toContain(
      'signed+1',
    );
  });

  it('never go to a model that does not think', () => {
    const body = bodyOf({ items: loop(account), model: 'claude-3-haiku-20240307', tools: [tool('tide')] });
    expect(JSON.stringify(body)).not.toContain('signed+1');
  });

  it('between calls keep their places', () => {
    const [first = {}, second = {}] = details;
    const items = [
      said('user', 'Tides?'),
      thought(account, [first]),
      called('a', 'tide', '{}'),
      thought(account, [second]),
      called('b', 'tide', '{}'),
      output('a', '1'),
      output('b', '2'),
    ];
    const content = bodyOf({ items, tools: [tool('tide')] }).messages[1]?.content;
    expect(content?.map(({ type }) => type)).toEqual([
      'thinking',
      'tool_use',
      'redacted_thinking',
      'tool_use',
    ]);
  });

  it('that led to nothing are left out', () => {
    expect(
      JSON.stringify(bodyOf({ items: [said('user', 'a'), thought(account, details), said('user', 'b')] })),
    ).not.toContain('signed');
  });

  it('may be dropped by a model that binds them to their conversation', () => {
    const { body, headers } = callOf({ items: loop(account), model: newest, tools: [tool('tide')] });
    expect(body.thinking).toEqual({ block_binding: { prefix_mismatch_behavior: 'drop_block' } });
    expect(headers).toEqual({ 'anthropic-beta': 'thinking-binding-controls-2026-08-01' });
  });
});
