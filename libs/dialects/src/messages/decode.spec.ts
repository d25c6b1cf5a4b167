import type { MessageCreateParams } from '@anthropic-ai/sdk/resources/messages';
import { AppError, CreateResponse } from '@antiphon/contracts';
import { countingIds } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import { randomBodies } from '../testing/random-json.ts';
import { decodeCount, decodeCreate } from './decode.ts';

type Body = MessageCreateParams;

const plain: Body = { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] };
const decode = (changes: object) => decodeCreate({ ...plain, ...changes }, countingIds());
const itemsOf = (messages: Body['messages']) => decode({ messages }).request.input;
const said = (role: string, ...content: object[]) => ({ type: 'message', role, content });
const text = (value: string) => ({ type: 'text', text: value });

function refusalOf(body: unknown): AppError {
  try {
    decodeCreate(body);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the body was accepted');
}

it('stores nothing, seals thoughts, and hands calls back', () => {
  const { request, reply } = decode({});
  expect(reply).toBe('json');
  expect(request).toMatchObject({
    dialect: 'messages',
    model: 'm',
    stored: false,
    background: false,
    sealsReasoning: true,
    keepsContext: true,
    onPause: 'hand_back',
    serverTools: [],
    instructions: null,
    settings: { maxOutputTokens: 100, reasoningEffort: null, textFormat: { type: 'text' } },
  });
  expect(decode({ stream: true }).reply).toBe('stream');
});

const search = { type: 'web_search_20250305', name: 'web_search' };

describe('settings', () => {
  it.each<[object, object]>([
    [
      { temperature: 0.3, top_p: 0.9 },
      { temperature: 0.3, topP: 0.9 },
    ],
    [
      { top_k: 5, stop_sequences: ['END', '###'] },
      { topK: 5, stopSequences: ['END', '###'] },
    ],
    [{ metadata: { user_id: 'u-1' } }, { user: 'u-1' }],
    [{ service_tier: 'standard_only' }, { serviceTier: 'default' }],
    [{ thinking: { type: 'disabled' } }, { reasoningEffort: 'none' }],
    [{ thinking: { type: 'adaptive' } }, { reasoningEffort: 'high', reasoningSummary: 'auto' }],
    [
      { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } },
      { reasoningEffort: 'low', reasoningSummary: 'auto' },
    ],
    [{ output_config: { effort: 'max' } }, { reasoningEffort: 'max' }],
    [{ thinking: { type: 'enabled', budget_tokens: 1_024 } }, { reasoningEffort: 'minimal' }],
    [{ thinking: { type: 'enabled', budget_tokens: 2_048 } }, { reasoningEffort: 'low' }],
    [{ thinking: { type: 'enabled', budget_tokens: 10_000 } }, { reasoningEffort: 'medium' }],
    [{ thinking: { type: 'enabled', budget_tokens: 31_999 } }, { reasoningEffort: 'high' }],
    [
      { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
      { textFormat: { type: 'json_schema', schema: { type: 'object' }, strict: true } },
    ],
  ])('%j', (wire, settings) => {
    expect(decode(wire).request.settings).toMatchObject(settings);
  });

  it('leaves out what the request leaves out', () => {
    const { settings } = decode({ service_tier: 'auto', stop_sequences: [], top_k: null }).request;
    for (const name of ['serviceTier', 'stopSequences', 'topK', 'reasoningSummary'])
      expect(settings).not.toHaveProperty(name);
  });

  it('asks for thoughts without their summary where they are not shown', () => {
    const { settings } = decode({ thinking: { type: 'adaptive', display: 'omitted' } }).request;
    expect(settings.reasoningEffort).toBe('high');
    expect(settings).not.toHaveProperty('reasoningSummary');
  });
});

describe('messages', () => {
  it('joins the texts of the system prompt', () => {
    expect(decode({ system: 'Be brief.' }).request.instructions).toBe('Be brief.');
    const blocks = [text('One.'), { ...text('Two.'), cache_control: { type: 'ephemeral' } }];
    expect(decode({ system: blocks }).request.instructions).toBe('One.\n\nTwo.');
  });

  it('keeps text, images and documents of a message together', () => {
    const content: Body['messages'][number]['content'] = [
      { type: 'text', text: 'Look' },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
      { type: 'image', source: { type: 'url', url: 'https://example.org/a.png' } },
      { type: 'document', source: { type: 'url', url: 'https://example.org/a.pdf' }, title: 'A' },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'hi' } },
      {
        type: 'search_result',
        title: 'Found',
        source: 'https://example.org',
        content: [{ type: 'text', text: 'There.' }],
      },
    ];
    expect(itemsOf([{ role: 'user', content }])).toMatchObject([
      said(
        'user',
        text('Look'),
        { type: 'image', url: 'data:image/png;base64,aGk=' },
        { type: 'image', url: 'https://example.org/a.png' },
        { type: 'file', url: 'https://example.org/a.pdf', filename: 'A' },
        { type: 'file', url: 'data:text/plain;base64,aGk=' },
        text('Found\nhttps://example.org\nThere.'),
      ),
    ]);
  });

  it('reads a turn with thoughts, calls and their results', () => {
    const items = itemsOf([
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Hm.', signature: 'sealed-1' },
          { type: 'redacted_thinking', data: 'sealed-2' },
          { type: 'text', text: 'I look.' },
          { type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: 'x' } },
          { type: 'tool_use', id: 'toolu_2', name: 'look', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: 'Seen' },
          {
            type: 'tool_result',
            tool_use_id: 'toolu_2',
            is_error: true,
            content: [{ type: 'text', text: 'No' }],
          },
          { type: 'text', text: 'So?' },
        ],
      },
    ]);
    expect(items).toMatchObject([
      said('user', text('Hi')),
      { type: 'sealed_reasoning', sealed: 'sealed-1' },
      { type: 'sealed_reasoning', sealed: 'sealed-2' },
      said('assistant', text('I look.')),
      { type: 'function_call', callId: 'toolu_1', name: 'look', arguments: '{"at":"x"}', error: null },
      { type: 'function_call', callId: 'toolu_2', arguments: '{}', error: { message: 'The tool failed.' } },
      { type: 'function_call_output', callId: 'toolu_1', output: 'Seen' },
      { type: 'function_call_output', callId: 'toolu_2', output: [text('No')] },
      said('user', text('So?')),
    ]);
  });

  it('reads the calls of MCP servers that the server has run', () => {
    const use = { type: 'mcp_tool_use', id: 'c1', name: 'find', server_name: 'docs', input: { q: 'x' } };
    const result = { type: 'mcp_tool_result', tool_use_id: 'c1', content: [text('Found')] };
    const { request } = decode({
      messages: [...plain.messages, { role: 'assistant', content: [use, result] }],
    });
    expect(request.input.slice(1)).toMatchObject([
      {
        type: 'function_call',
        executor: 'server',
        name: 'docs__find',
        serverLabel: 'docs',
        serverToolName: 'find',
      },
      { type: 'function_call_output', callId: 'c1', output: [text('Found')] },
    ]);
  });

  it('reads a thought without signature as text', () => {
    const thought = { type: 'thinking', thinking: 'Hm.', signature: '' };
    const messages = [...plain.messages, { role: 'assistant', content: [thought, text('So.')] }];
    expect(decode({ messages }).request.input[1]).toMatchObject({ type: 'reasoning', text: 'Hm.' });
  });
});

describe('tools', () => {
  const look = { name: 'look', description: 'Looks', input_schema: { type: 'object' } };

  it.each<[object, object]>([
    [{ type: 'auto' }, { toolChoice: 'auto', settings: { parallelToolCalls: null } }],
    [
      { type: 'any', disable_parallel_tool_use: true },
      { toolChoice: 'required', settings: { parallelToolCalls: false } },
    ],
    [{ type: 'tool', name: 'look' }, { toolChoice: { name: 'look' } }],
    [{ type: 'none' }, { toolChoice: 'none' }],
  ])('with tool_choice %j', (choice, request) => {
    expect(decode({ tools: [look], tool_choice: choice }).request).toMatchObject({
      clientTools: [{ executor: 'client', name: 'look', parameters: { type: 'object' }, strict: null }],
      ...request,
    });
  });

  it('of MCP servers run without approval, as far as they are switched on', () => {
    const { request } = decode({
      mcp_servers: [
        { type: 'url', name: 'docs', url: 'https://example.org/mcp', authorization_token: 't' },
        { type: 'url', name: 'kept', tool_configuration: { allowed_tools: ['a'] } },
        { type: 'url', name: 'off', url: 'https://example.org', tool_configuration: { enabled: false } },
        { type: 'url', name: 'antiphon', url: '' },
      ],
      tools: [
        look,
        {
          type: 'mcp_toolset',
          mcp_server_name: 'docs',
          default_config: { enabled: false },
          configs: { find: { enabled: true }, other: { enabled: false } },
        },
      ],
    });
    const approval = { always: null, never: null, otherwise: 'never' };
    expect(request).toMatchObject({
      serverTools: 'all',
      approval,
      clientTools: [{ name: 'look' }],
      requestServers: [
        {
          label: 'docs',
          access: { url: 'https://example.org/mcp', headers: { authorization: 'Bearer t' } },
          urlField: 'mcp_servers[0].url',
          allowed: { names: ['find'], readOnly: null },
          approval,
        },
        { label: 'kept', access: null, allowed: { names: ['a'] } },
      ],
    });
  });
});

describe('refuses', () => {
  const use = { type: 'tool_use', id: 'c', name: 'look', input: {} };
  const result = { type: 'tool_result', tool_use_id: 'c', content: 'x' };
  const assistant = (...content: object[]) => ({ role: 'assistant', content });
  const user = (...content: object[]) => ({ role: 'user', content });
  const look = { name: 'look', input_schema: {} };

  it.each<[string, object]>([
    ['max_tokens', { max_tokens: undefined }],
    ['messages', { messages: [] }],
    ['messages[0].role', { messages: [{ role: 'tool', content: 'x' }] }],
    ['messages[0].content', { messages: [{ role: 'user', content: 7 }] }],
    ['messages[0].content[0].type', { messages: [user({ type: 'video' })] }],
    ['messages[0].content[0].type', { messages: [user(use)] }],
    [
      'messages[0].content[0].source.data',
      {
        messages: [
          user({ type: 'image', source: { type: 'base64', media_type: 'image/svg+xml', data: 'aGk=' } }),
        ],
      },
    ],
    [
      'messages[0].content[0].source.type',
      { messages: [user({ type: 'image', source: { type: 'file', file_id: 'f' } })] },
    ],
    ['messages[1].content[0]', { messages: [user(text('x')), assistant(use)] }],
    ['messages[0].content[0]', { messages: [user(result)] }],
    ['messages[1].content[1].id', { messages: [user(text('x')), assistant(use, use), user(result)] }],
    ['temperature', { temperature: 1.5 }],
    ['thinking.budget_tokens', { thinking: { type: 'enabled', budget_tokens: 100 } }],
    ['container', { container: 'c' }],
    ['thread', { thread: { type: 'create' } }],
    ['inference_geo', { inference_geo: 'us' }],
    ['tools[0].type', { tools: [{ type: 'bash_20250124', name: 'bash' }] }],
    ['tools[1].type', { tools: [search, search] }],
    ['tools[1].name', { tools: [search, { name: 'web_search', input_schema: { type: 'object' } }] }],
    ['tools[0].max_uses', { tools: [{ ...search, max_uses: 0 }] }],
    [
      'messages[1].content[0].name',
      {
        messages: [
          ...plain.messages,
          {
            role: 'assistant',
            content: [{ type: 'server_tool_use', id: 's1', name: 'web_fetch', input: {} }],
          },
        ],
      },
    ],
    ['tools[0].input_schema', { tools: [{ name: 'look' }] }],
    ['tools[1].name', { tools: [look, look] }],
    ['tool_choice', { tool_choice: { type: 'tool', name: 'look' } }],
    ['tools[0].mcp_server_name', { tools: [{ type: 'mcp_toolset', mcp_server_name: 'docs' }] }],
    ['mcp_servers[0].url', { mcp_servers: [{ type: 'url', name: 'antiphon', url: 'https://example.org' }] }],
    [
      'mcp_servers[0].authorization_token',
      { mcp_servers: [{ type: 'url', name: 'docs', authorization_token: 't' }] },
    ],
    [
      'mcp_servers[1].name',
      {
        mcp_servers: [
          { type: 'url', name: 'docs' },
          { type: 'url', name: 'docs' },
        ],
      },
    ],
  ])('a wrong %s: %j', (param, changes) => {
    expect(refusalOf({ ...plain, ...changes })).toMatchObject({ code: 'invalid_request', param });
  });
});

it('accepts a body or refuses it with a sentence, whatever the body holds', () => {
  const fields = [
    ...[
      'model',
      'messages',
      'role',
      'content',
      'type',
      'text',
      'source',
      'data',
      'url',
      'media_type',
      'title',
    ],
    ...[
      'id',
      'name',
      'input',
      'tool_use_id',
      'thinking',
      'signature',
      'tools',
      'input_schema',
      'tool_choice',
    ],
    ...['system', 'stop_sequences', 'mcp_servers', 'output_config', 'format', 'schema', 'budget_tokens'],
  ];
  const words = [
    ...[null, true, 0, 7, '', 'x', 'user', 'assistant', 'text', 'image', 'document', 'thinking', 'tool_use'],
    ...['tool_result', 'base64', 'content', 'https://example.org', 'aGk=', 'any', 'enabled', {}, []],
    ...[
      { role: 'user', content: 'x' },
      { type: 'text', text: 'x' },
    ],
  ];
  let accepted = 0;
  for (const body of randomBodies(7, fields, words)) {
    for (const candidate of [body, typeof body === 'object' ? { ...plain, ...body } : body]) {
      try {
        CreateResponse.parse(decodeCreate(candidate).request);
        accepted++;
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'invalid_request')) throw error;
      }
    }
  }
  expect(accepted).toBeGreaterThan(100);
});

it('counts a request without max_tokens', () => {
  const { max_tokens: _max, ...counted } = plain;
  expect(decodeCount({ ...counted, system: 'Be brief.' })).toMatchObject({
    instructions: 'Be brief.',
    input: [{ role: 'user' }],
  });
});
