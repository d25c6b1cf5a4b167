import { AppError, CreateResponse, Item, type JsonValue } from '@antiphon/contracts';
import { countingIds, testResponse } from '@antiphon/contracts/testing';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeCreate } from './decode.ts';
import { encodeResponse } from './encode.ts';

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./__fixtures__/${name}.request.json`, import.meta.url), 'utf8'));
}

function decode(changes: object) {
  return decodeCreate({ model: 'jan-v2-30b', input: 'Hi', ...changes }, countingIds());
}

/** The input of a response, as it is echoed. */
function echoed({ inputForm, rawInput, input }: CreateResponse): unknown {
  const items = Item.array().parse(input);
  return encodeResponse(
    testResponse({ input: items, ...(rawInput && { rawInput }), ...(inputForm && { inputForm }) }),
  ).input;
}

function refusalOf(body: unknown): AppError {
  try {
    decodeCreate(body);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the body was accepted');
}

describe("the document's requests", () => {
  it('simple tool execution: all tools, in the foreground', () => {
    const { request, reply } = decodeCreate(fixture('simple-tool-execution'), countingIds());
    expect(reply).toBe('json');
    expect(request).toMatchObject({
      dialect: 'jan',
      model: 'jan-v2-30b',
      inputForm: 'text',
      input: [
        {
          id: 'msg_1',
          role: 'user',
          content: [{ type: 'text', text: "What's the weather in San Francisco?" }],
        },
      ],
      serverTools: 'all',
      clientTools: [],
      toolChoice: 'auto',
      settings: { temperature: 0.7 },
      background: false,
      stored: true,
    });
  });

  it('chained tool execution: system prompt and token limit', () => {
    const { request } = decodeCreate(fixture('chained-tool-execution'));
    expect(request.instructions).toBe('Be thorough and cite sources');
    expect(request.settings).toMatchObject({ temperature: 0.3, maxOutputTokens: 800 });
  });

  it('controlling tool depth', () => {
    expect(decodeCreate(fixture('controlling-tool-depth')).request).toMatchObject({
      depthMax: 3,
      metadata: { max_depth: 3 },
    });
  });

  it('creating background tasks: the webhook is read from the metadata, which is kept unchanged', () => {
    expect(decodeCreate(fixture('creating-background-tasks')).request).toMatchObject({
      background: true,
      webhookUrl: 'https://myapp.com/webhooks/responses',
      metadata: {
        webhook_url: 'https://myapp.com/webhooks/responses',
        user_id: 'user_123',
        task_type: 'analysis',
      },
    });
  });

  it('streaming, which a background task ignores', () => {
    expect(decodeCreate(fixture('streaming')).reply).toBe('stream');
    expect(decode({ stream: true, background: true }).reply).toBe('json');
  });

  it('request validation error', () => {
    expect(refusalOf(fixture('request-validation-error'))).toMatchObject({
      code: 'invalid_request',
      message: 'input is required',
      param: 'input',
    });
  });
});

describe('input', () => {
  it('is text, a message, messages, or content parts', () => {
    const said = { role: 'user', content: [{ type: 'text', text: 'Hi' }] };
    const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
    expect(decode({ input: { role: 'user', content: 'Hi' } }).request.input).toMatchObject([said]);
    expect(decode({ input: [{ role: 'system', content: 'Be brief' }, said] }).request.input).toMatchObject([
      { role: 'system' },
      said,
    ]);
    expect(decode({ input: [{ type: 'text', text: 'What is it?' }, image] }).request.input).toMatchObject([
      { role: 'user', content: [{ type: 'text' }, { type: 'image', url: 'https://example.com/a.png' }] },
    ]);
  });

  const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } };
  const call = { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{}' } };
  const audio = { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } };
  const file = { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } };

  it.each<[string, JsonValue]>([
    ['a text', 'Hi'],
    ['a message', { role: 'user', content: 'Hi' }],
    ['a message in a list', [{ role: 'user', content: 'Hi' }]],
    ['a message of parts', { role: 'user', content: [{ type: 'text', text: 'See' }, image] }],
    ['parts', [{ type: 'text', text: 'See' }, image, audio, file]],
    [
      'a conversation',
      [
        { role: 'system', content: 'Be brief' },
        { role: 'user', content: 'Weather?' },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: 'Sunny' },
      ],
    ],
  ])('is stored once and echoed as it came: %s', (_what, input) => {
    const { request } = decode({ input });
    expect(request).not.toHaveProperty('rawInput');
    expect(echoed(request)).toEqual(input);
  });

  it.each<[string, JsonValue]>([
    ['a field that has no meaning here', [{ role: 'user', content: 'Hi', extra: [1] }]],
    ['parts of the Responses API', [{ role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }]],
    ['one text as a part', [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }]],
    [
      'a text beside a call',
      [
        { role: 'assistant', content: 'I look', tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: '' },
      ],
    ],
  ])('is kept as it came where its items do not say all of it: %s', (_what, input) => {
    const { request } = decode({ input });
    expect(request.rawInput).toEqual(input);
    expect(echoed(request)).toEqual(input);
  });

  it('may hold the calls of an earlier turn and the outputs of the caller', () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{}' } };
    const input = [
      { role: 'user', content: 'Weather?' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_1', content: 'Sunny' },
    ];
    expect(decode({ input }).request.input).toMatchObject([
      { type: 'message', role: 'user' },
      { type: 'function_call', callId: 'call_1', name: 'get_weather', executor: 'client', state: 'done' },
      { type: 'function_call_output', callId: 'call_1', output: 'Sunny' },
    ]);
  });
});

describe('tools', () => {
  const parameters = { type: 'object', properties: {} };

  it('without parameters are server tools', () => {
    const tools = [
      'google_search',
      { type: 'scrape' },
      { type: 'function', function: { name: 'get_http_requests' } },
    ];
    expect(decode({ tools }).request).toMatchObject({
      serverTools: ['google_search', 'scrape', 'get_http_requests'],
      requiresServerTools: true,
      clientTools: [],
    });
  });

  it('of the type mcp are MCP servers, whose calls cannot be approved here', () => {
    const server = {
      type: 'mcp',
      server_label: 'docs',
      server_url: 'https://mcp.example.com/mcp',
      allowed_tools: ['search'],
      require_approval: 'never',
    };
    const { request } = decode({
      tools: [server, { type: 'mcp', server_label: 'registered' }, 'scrape'],
      tool_choice: { type: 'function', name: 'docs__search' },
    });
    expect(request).toMatchObject({
      serverTools: ['scrape'],
      requestServers: [
        {
          label: 'docs',
          access: { url: 'https://mcp.example.com/mcp' },
          allowed: { names: ['search'] },
          approval: { otherwise: 'never' },
        },
        { label: 'registered', access: null, approval: { otherwise: null } },
      ],
    });
    for (const approval of [undefined, 'always', { always: { tool_names: ['search'] } }])
      expect(() => decode({ tools: [{ ...server, require_approval: approval }] })).toThrow(
        'tools[0].require_approval must be "never": this API cannot approve a call',
      );
    expect(() => decode({ tools: [{ type: 'mcp' }] })).toThrow('tools[0].server_label is required');
  });

  it('with the label of this server are its own tools', () => {
    const own = { type: 'mcp', server_label: 'antiphon' };
    expect(decode({ tools: [own, 'scrape'] }).request).toMatchObject({ serverTools: 'all' });
    expect(decode({ tools: [{ ...own, allowed_tools: ['calculate'] }, 'scrape'] }).request).toMatchObject({
      serverTools: ['scrape', 'calculate'],
    });
  });

  it('with parameters are functions of the caller', () => {
    const tools = [
      { type: 'function', function: { name: 'get_weather', description: 'Weather', parameters } },
    ];
    expect(decode({ tools }).request).toMatchObject({
      serverTools: [],
      clientTools: [
        { executor: 'client', name: 'get_weather', description: 'Weather', parameters, strict: null },
      ],
    });
  });

  it('are none where the array is empty', () => {
    expect(decode({ tools: [] }).request).toMatchObject({ serverTools: [], clientTools: [] });
  });

  it('can be chosen', () => {
    const nested = { type: 'function', function: { name: 'google_search' } };
    expect(decode({ tool_choice: 'required' }).request.toolChoice).toBe('required');
    expect(decode({ tool_choice: nested }).request.toolChoice).toEqual({ name: 'google_search' });
    expect(
      decode({ tool_choice: { type: 'function', name: 'google_search' }, tools: ['google_search'] }).request
        .toolChoice,
    ).toEqual({ name: 'google_search' });
  });
});

it('takes null for absent and ignores what it does not know', () => {
  const nulls = {
    temperature: null,
    tools: null,
    metadata: null,
    stream: null,
    conversation: null,
    user: null,
  };
  expect(decode({ ...nulls, response_format: 7 }).request).toEqual(decode({}).request);
});

it('reads a conversation by id or object', () => {
  expect(decode({ conversation: 'conv_1' }).request.conversationId).toBe('conv_1');
  expect(decode({ conversation: { id: 'conv_1' } }).request.conversationId).toBe('conv_1');
});
