import { AppError, CreateResponse, idPrefixes, type IdKind } from '@antiphon/contracts';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { randomBodies } from '../testing/random-json.ts';
import { clientCall, message, serverCall, testResponse } from '../testing/test-response.ts';
import { decodeCreate, decodeRetrieve } from './decode.ts';
import { encodeResponse } from './encode.ts';
import { encodeError } from './errors.ts';

function fixture(name: string): Record<string, unknown> {
  return JSON.parse(
    readFileSync(new URL(`./__fixtures__/${name}.request.json`, import.meta.url), 'utf8'),
  ) as Record<string, unknown>;
}

function countingIds(): (kind: IdKind) => string {
  let count = 0;
  return (kind) => `${idPrefixes[kind]}_${++count}`;
}

function decode(changes: object) {
  return decodeCreate({ model: 'gpt-4o', input: 'Hi', ...changes }, countingIds());
}

function inputOf(...input: unknown[]) {
  return decode({ input }).request.input;
}

function refusalOf(changes: object): AppError {
  try {
    decode(changes);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the body was accepted');
}

describe("the document's requests", () => {
  it('create response', () => {
    const { request, reply } = decodeCreate(fixture('create-response'), countingIds());
    expect(reply).toBe('json');
    expect(request).toMatchObject({
      dialect: 'openai',
      model: 'gpt-4o',
      input: [{ type: 'message', id: 'msg_1', role: 'user', content: [{ type: 'text' }] }],
      previousResponseId: 'resp_abc123',
      instructions: 'You are a helpful physics tutor',
      serverTools: [],
      clientTools: [
        { name: 'calculate_quantum_state', parameters: { required: ['qubits', 'state'] }, strict: null },
      ],
      toolChoice: 'auto',
      settings: { temperature: 0.7, maxOutputTokens: 1500, reasoningEffort: 'medium' },
      metadata: { user_id: 'user123', session: 'quantum_tutorial' },
      prompt: {
        id: 'prompt_quantum_explanation',
        version: '1',
        variables: { topic: 'quantum computing', difficulty: 'beginner' },
      },
    });
  });

  it('multimodal: content parts without a message are one message', () => {
    expect(decodeCreate(fixture('multimodal')).request.input).toMatchObject([
      {
        role: 'user',
        content: [
          { type: 'text', text: "What's in this image?" },
          { type: 'image', url: 'data:image/jpeg;base64,/9j/4AAQSkZJRg==' },
        ],
      },
    ]);
  });

  it('function calling', () => {
    expect(decodeCreate(fixture('function-calling')).request.clientTools).toMatchObject([
      { name: 'calculate_fibonacci', description: 'Calculate fibonacci numbers' },
    ]);
  });
});

describe('input of the stock clients', () => {
  it('messages without a type, with and without an id', () => {
    expect(
      inputOf(
        { role: 'developer', content: 'Be brief' },
        { id: 'msg_abc', role: 'assistant', content: 'Hello' },
        {
          type: 'message',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
        },
        { role: 'assistant', content: [{ type: 'refusal', refusal: 'No' }] },
      ),
    ).toMatchObject([
      { type: 'message', id: 'msg_1', role: 'developer' },
      { id: 'msg_abc', content: [{ type: 'text', text: 'Hello' }] },
      { content: [{ type: 'text', text: 'Hi' }] },
      { content: [{ type: 'refusal', refusal: 'No' }] },
    ]);
  });

  it('calls without id or status, and their outputs', () => {
    expect(
      inputOf(
        { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{}' },
        { type: 'function_call_output', call_id: 'call_1', output: 'Sunny', status: 'completed' },
        { type: 'function_call_output', call_id: 'call_2', output: [{ type: 'input_text', text: 'Rain' }] },
      ),
    ).toMatchObject([
      { type: 'function_call', id: 'fc_1', callId: 'call_1', executor: 'client', state: 'done' },
      { type: 'function_call_output', id: 'fco_2', callId: 'call_1', output: 'Sunny' },
      { type: 'function_call_output', callId: 'call_2', output: [{ type: 'text', text: 'Rain' }] },
    ]);
  });

  it('the output of an earlier response, item by item', () => {
    const response = testResponse({
      status: 'completed',
      output: [
        { type: 'reasoning', id: 'rs_1', text: 'Hm', status: 'completed' },
        serverCall('call_1'),
        { type: 'function_call_output', id: 'fco_1', callId: 'call_1', output: 'Sunny', status: 'completed' },
        clientCall('call_2', { state: 'done' }),
        message('msg_1', 'assistant', 'It is sunny'),
      ],
    });
    expect(inputOf(...(encodeResponse(response).output as unknown[]))).toMatchObject([
      { type: 'reasoning', id: 'rs_1', text: 'Hm' },
      { type: 'function_call', id: 'fc_call_1', executor: 'server', name: 'google_search' },
      { type: 'function_call_output', callId: 'fc_call_1', output: 'Sunny' },
      { type: 'function_call', callId: 'call_2', executor: 'client' },
      { type: 'message', id: 'msg_1', role: 'assistant' },
    ]);
  });

  it('the citations of an answer', () => {
    const annotation = {
      type: 'url_citation',
      url: 'https://a.example',
      title: 'A',
      start_index: 0,
      end_index: 2,
    };
    const content = [{ type: 'output_text', text: 'Hi', annotations: [annotation, { type: 'file_path' }] }];
    expect(inputOf({ role: 'assistant', content })).toMatchObject([
      {
        content: [
          { text: 'Hi', citations: [{ url: 'https://a.example', title: 'A', startIndex: 0, endIndex: 2 }] },
        ],
      },
    ]);
  });

  it('a thought in the form of its response', () => {
    const summed = { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }] };
    const plain = { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'Hm' }] };
    expect(inputOf(summed)).toMatchObject([{ text: 'Hm', isSummary: true }]);
    expect(inputOf(plain)).toMatchObject([{ text: 'Hm' }]);
    expect(inputOf(plain)[0]).not.toHaveProperty('isSummary');
  });

  it('a sealed thought, which replaces the text of its summary', () => {
    const [thought] = inputOf({
      type: 'reasoning',
      id: 'rs_1',
      summary: [{ type: 'summary_text', text: 'Not what was thought' }],
      encrypted_content: 'v1.abc',
    });
    expect(thought).toEqual({ type: 'sealed_reasoning', id: 'rs_1', sealed: 'v1.abc', isSummary: true });
    expect(inputOf({ type: 'reasoning', summary: [], encrypted_content: null })).toMatchObject([
      { type: 'reasoning', text: '' },
    ]);
  });

  it('the same id twice: the second item gets a new id', () => {
    const twice = { id: 'msg_abc', role: 'user', content: 'Hi' };
    expect(inputOf(twice, twice).map((item) => item.id)).toEqual(['msg_abc', 'msg_1']);
  });

  it('images, files and audio', () => {
    const parts = [
      { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'original', file_id: null },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AA', detail: 'low' } },
      { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA' },
      { type: 'input_file', file_url: 'https://example.com/a.pdf' },
      { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } },
    ];
    expect(inputOf({ role: 'user', content: parts })).toMatchObject([
      {
        content: [
          { type: 'image', url: 'https://example.com/a.png', detail: 'high' },
          { type: 'image', url: 'data:image/png;base64,AA', detail: 'low' },
          { type: 'file', filename: 'a.pdf', url: 'data:application/pdf;base64,AA' },
          { type: 'file', url: 'https://example.com/a.pdf' },
          { type: 'audio', data: 'AA', format: 'wav' },
        ],
      },
    ]);
  });

  it.each([
    ['data:text/html;base64,AAAA', 'must be data of an image'],
    ['data:image/svg+xml;base64,AAAA', 'must be data of an image'],
    ['data:image/png,AAAA', 'must be data of an image'],
    ['data:image/png;base64,', 'must hold the image in base64'],
    ['data:image/png;base64,AA?A', 'must hold the image in base64'],
    ['data:image/png;base64,AAAAA', 'must hold the image in base64'],
    [`data:image/png;base64,${'AAAA'.repeat(1_800_000)}`, 'must hold at most 5 MB'],
    ['file:///etc/passwd', 'must be an https URL or a data URL'],
  ])('no image that is none: %.40s', (image_url, complaint) => {
    const content = [{ type: 'input_image', image_url }];
    expect(() => inputOf({ role: 'user', content })).toThrow(complaint);
  });

  it('empty settings and nulls', () => {
    const nothing = {
      text: {},
      include: [],
      tools: [],
      metadata: null,
      temperature: null,
      prompt: null,
      top_p: null,
    };
    expect(decode(nothing).request).toEqual(decode({}).request);
  });

  it('references, with and without their type, and compacted contexts', () => {
    const input = [
      { type: 'item_reference', id: 'msg_1' },
      { id: 'msg_2' },
      { type: 'compaction', id: 'cmp_1', encrypted_content: 'sealed' },
    ];
    expect(decode({ input }).request.input).toEqual([
      { type: 'item_reference', id: 'msg_1' },
      { type: 'item_reference', id: 'msg_2' },
      { type: 'compaction', id: 'cmp_1', sealedSummary: 'sealed' },
    ]);
  });

  it('no input where the request continues a response or a conversation', () => {
    expect(decode({ input: undefined, previous_response_id: 'resp_1' }).request.input).toEqual([]);
    expect(decode({ input: [], conversation: { id: 'conv_1' } }).request.conversationId).toBe('conv_1');
  });
});

describe('settings', () => {
  it('reasoning is a boolean or an effort', () => {
    expect(decode({ reasoning: true }).request.settings.reasoningEffort).toBe('medium');
    expect(decode({ reasoning: false }).request.settings.reasoningEffort).toBeNull();
    expect(decode({ reasoning: { effort: 'low', summary: 'auto' } }).request.settings.reasoningEffort).toBe(
      'low',
    );
    expect(decode({ reasoning: {} }).request.settings.reasoningEffort).toBeNull();
  });

  it('max_tokens is max_output_tokens', () => {
    expect(decode({ max_tokens: 5 }).request.settings.maxOutputTokens).toBe(5);
    expect(decode({ max_tokens: 5, max_output_tokens: 6 }).request.settings.maxOutputTokens).toBe(6);
  });

  it('settings that only some providers have', () => {
    const { settings, ...request } = decode({
      reasoning: true,
      text: { verbosity: 'low' },
      top_logprobs: 2,
      user: 'u',
      safety_identifier: 's',
      prompt_cache_key: 'k',
      max_tool_calls: 3,
      truncation: 'auto',
      service_tier: 'flex',
      stream_options: { include_obfuscation: false },
      modalities: ['text', 'audio'],
    }).request;
    expect(settings).toMatchObject({
      reasoningSummary: 'auto',
      verbosity: 'low',
      topLogprobs: 2,
      user: 'u',
      safetyIdentifier: 's',
      promptCacheKey: 'k',
    });
    expect(request).toMatchObject({ toolCallsMax: 3, keepsContext: false });
    expect(decode({}).request.keepsContext).toBe(true);
    expect(decode({ include: ['message.output_text.logprobs'] }).request.settings.topLogprobs).toBe(0);
  });

  it('text.format', () => {
    const format = { type: 'json_schema', name: 'person', schema: { type: 'object' }, strict: null };
    expect(decode({ text: { format } }).request.settings.textFormat).toEqual({
      ...format,
      description: null,
    });
    expect(decode({ text: { format: { type: 'json_object' } } }).request.settings.textFormat).toEqual({
      type: 'json_object',
    });
  });

  it('a request may ask for a stream, also in the background', () => {
    expect(decode({ stream: true }).reply).toBe('stream');
    expect(decode({ stream: true, background: true }).reply).toBe('stream');
    expect(decode({ background: true }).reply).toBe('json');
  });
});

describe('tools', () => {
  const parameters = { type: 'object' };
  const flat = { type: 'function', name: 'get_weather', parameters, strict: true };
  const mcp = { type: 'mcp', server_label: 'antiphon' };

  it('functions are flat or nested', () => {
    const nested = { type: 'function', function: { name: 'get_weather', parameters, strict: true } };
    expect(decode({ tools: [flat] }).request.clientTools).toEqual(
      decode({ tools: [nested] }).request.clientTools,
    );
  });

  it('server tools are an MCP server', () => {
    const serverToolsOf = (...tools: object[]) => decode({ tools }).request.serverTools;
    expect(serverToolsOf(mcp)).toBe('all');
    expect(serverToolsOf({ ...mcp, allowed_tools: ['scrape'], require_approval: 'never' })).toEqual([
      'scrape',
    ]);
    expect(serverToolsOf({ ...mcp, allowed_tools: { tool_names: ['scrape'] } })).toEqual(['scrape']);
  });

  it('of remote servers have the URL, the headers and the approval rules of the server', () => {
    const serversOf = (...tools: object[]) => decode({ tools }).request.requestServers;
    const remote = { type: 'mcp', server_label: 'docs', server_url: 'https://docs.example/mcp' };
    expect(serversOf(remote)).toEqual([
      {
        label: 'docs',
        access: { url: 'https://docs.example/mcp', headers: {} },
        urlField: 'tools[0].server_url',
        allowed: null,
        approval: { always: null, never: null, otherwise: 'always' },
      },
    ]);
    expect(
      serversOf({
        ...remote,
        headers: { 'X-Key': 'k' },
        authorization: 'secret',
        allowed_tools: { tool_names: ['search'], read_only: true },
        require_approval: { never: { tool_names: ['search'] }, always: { read_only: false } },
      }),
    ).toEqual([
      {
        label: 'docs',
        access: {
          url: 'https://docs.example/mcp',
          headers: { 'x-key': 'k', authorization: 'Bearer secret' },
        },
        urlField: 'tools[0].server_url',
        allowed: { names: ['search'], readOnly: true },
        approval: {
          always: { names: null, readOnly: false },
          never: { names: ['search'], readOnly: null },
          otherwise: 'always',
        },
      },
    ]);
    expect(serversOf({ type: 'mcp', server_label: 'mine', require_approval: 'never' })).toEqual([
      {
        label: 'mine',
        access: null,
        urlField: 'tools[0].server_url',
        allowed: null,
        approval: { always: null, never: null, otherwise: 'never' },
      },
    ]);
    expect(serversOf({ type: 'mcp', server_label: 'mine' })).toMatchObject([
      { approval: { otherwise: null } },
    ]);
  });

  it('of remote servers can be chosen and narrowed', () => {
    const remote = { type: 'mcp', server_label: 'docs', server_url: 'https://docs.example/mcp' };
    const choose = (choice: unknown, ...tools: object[]) =>
      decode({ tools: [remote, ...tools], tool_choice: choice }).request;
    expect(choose({ type: 'mcp', server_label: 'docs', name: 'read' }, flat).toolChoice).toEqual({
      name: 'docs__read',
    });
    expect(choose({ type: 'mcp', server_label: 'docs' }).toolChoice).toBe('required');
    const allowed = { type: 'allowed_tools', tools: [{ type: 'mcp', server_label: 'docs', name: 'read' }] };
    expect(choose(allowed, flat, { ...remote, server_label: 'other' })).toMatchObject({
      allowedTools: [{ executor: 'server', serverLabel: 'docs', name: 'read' }],
      toolChoice: 'auto',
    });
  });

  it('that wait for approval have items for the request and for the answer', () => {
    const request = {
      type: 'mcp_approval_request',
      id: 'fc_1',
      server_label: 'docs',
      name: 'write',
      arguments: '{}',
    };
    const answer = {
      type: 'mcp_approval_response',
      approval_request_id: 'fc_1',
      approve: false,
      reason: 'No.',
    };
    expect(decode({ input: [request, answer] }).request.input).toMatchObject([
      {
        type: 'function_call',
        id: 'fc_1',
        name: 'docs__write',
        serverLabel: 'docs',
        serverToolName: 'write',
        state: 'pending_approval',
      },
      { type: 'approval_response', approvalRequestId: 'fc_1', approve: false, reason: 'No.' },
    ]);
  });

  it('can be chosen', () => {
    const choose = (choice: unknown) => decode({ tools: [flat, mcp], tool_choice: choice }).request;
    expect(choose({ type: 'function', name: 'get_weather' }).toolChoice).toEqual({ name: 'get_weather' });
    expect(choose({ type: 'mcp', server_label: 'antiphon', name: 'scrape' }).toolChoice).toEqual({
      name: 'scrape',
    });
    expect(choose('none').toolChoice).toBe('none');
  });

  it('allowed_tools is a hard limit', () => {
    const allow = (...tools: object[]) => {
      const choice = { type: 'allowed_tools', mode: 'required', tools };
      return decode({ tools: [flat, { ...flat, name: 'other' }, mcp], tool_choice: choice }).request;
    };
    expect(allow({ type: 'function', name: 'other' })).toMatchObject({
      serverTools: 'all',
      clientTools: [{ name: 'get_weather' }, { name: 'other' }],
      toolChoice: 'required',
      allowedTools: [{ executor: 'client', name: 'other' }],
    });
    expect(allow({ ...mcp, name: 'scrape' }, mcp).allowedTools).toEqual([
      { executor: 'server', serverLabel: null, name: 'scrape' },
      { executor: 'server', serverLabel: null, name: null },
    ]);
  });
});

describe('refuses, and names the field', () => {
  const mcp = { type: 'mcp', server_label: 'antiphon' };
  const f = { type: 'function', name: 'f' };
  it.each([
    [{ tool_choice: 'required' }, 'invalid_value', 'tool_choice is "required", but there are no tools'],
    [
      { tools: [f], tool_choice: { type: 'allowed_tools', tools: [f, { ...f, name: 'g' }] } },
      'invalid_value',
      'tool_choice.tools[1].name "g" is not in tools',
    ],
    [{ tools: [f, { ...f, strict: true }] }, 'invalid_value', 'tools[1] is a second function named "f"'],
    [{ stop: ['x'] }, 'invalid_value', /^stop must be left out/],
    [{ n: 2 }, 'invalid_value', /^n must be left out, or 1/],
    [{ response_format: { type: 'json_object' } }, 'invalid_value', /^response_format .* "text.format"/],
    [{ messages: [] }, 'invalid_value', /^messages must be left out: send "input"/],
    [{ model: undefined }, 'missing_required_parameter', 'model is required'],
    [{ model: null }, 'invalid_type', 'model must be a string, got null'],
    [
      { input: undefined },
      'missing_required_parameter',
      'input is required: send the text or the items to answer',
    ],
    [{ input: 7 }, 'invalid_value', 'input must be a string or an array of items'],
    [{ include: ['everything'] }, 'invalid_value', /^include\[0\] must be /],
    [{ modalities: ['audio'] }, 'invalid_value', /^modalities must have "text"/],
    [{ truncation: 'some' }, 'invalid_value', /^truncation must be /],
    [{ max_tool_calls: 0 }, 'invalid_value', 'max_tool_calls must be at least 1, got 0'],
    [{ top_logprobs: 21 }, 'invalid_value', 'top_logprobs must be at most 20, got 21'],
    [{ service_tier: 'gold' }, 'invalid_value', /^service_tier must be /],
    [
      { stream_options: { include_obfuscation: 1 } },
      'invalid_type',
      /^stream_options.include_obfuscation must be /,
    ],
    [
      { context_management: [{ type: 'compaction' }] },
      'invalid_value',
      /^context_management must be left out/,
    ],
    [{ input: '' }, 'invalid_value', 'input must not be empty'],
    [{ input: [] }, 'invalid_value', 'input must not be empty'],
    [{ input: ['Hi'] }, 'invalid_type', 'input[0] must be a JSON object, got a string'],
    [
      { input: [{ role: 'user' }] },
      'invalid_value',
      'input[0].content must be a string or an array of content parts',
    ],
    [{ input: [{ content: 'Hi' }] }, 'missing_required_parameter', 'input[0].role is required'],
    [
      { input: [{ type: 'function_call', name: 'x', arguments: '' }] },
      'missing_required_parameter',
      'input[0].call_id is required',
    ],
    [
      { input: [{ type: 'function_call_output', call_id: 'c' }] },
      'invalid_value',
      'input[0].output must be a string or an array of content parts',
    ],
    [
      { input: [{ type: 'web_search_call', id: 'x' }] },
      'invalid_value',
      'input[0].type "web_search_call" is not supported by this server',
    ],
    [{ input: [{ type: 'item_reference' }] }, 'missing_required_parameter', 'input[0].id is required'],
    [
      { input: [{ type: 'compaction', encrypted_content: 7 }] },
      'invalid_type',
      /^input\[0\].encrypted_content must be a string/,
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] },
      'missing_required_parameter',
      'input[0].content[0].image_url is required',
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'file:///etc/passwd' }] }] },
      'invalid_value',
      /image_url must be an https URL or a data URL/,
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] },
      'invalid_value',
      /must have "file_data"/,
    ],
    [{ temperature: '1' }, 'invalid_type', 'temperature must be a number, got a string'],
    [{ top_p: 2 }, 'invalid_value', 'top_p must be at most 1, got 2'],
    [{ max_output_tokens: 0 }, 'invalid_value', 'max_output_tokens must be at least 1, got 0'],
    [{ reasoning: { effort: 'huge' } }, 'invalid_value', /^reasoning\.effort must be "none" or/],
    [{ reasoning: { summary: 7 } }, 'invalid_value', /^reasoning\.summary must be/],
    [{ reasoning: 'high' }, 'invalid_value', 'reasoning must be a boolean or a JSON object, got a string'],
    [{ text: { format: { type: 'xml' } } }, 'invalid_value', /^text\.format\.type must be "text"/],
    [
      { text: { format: { type: 'json_schema', schema: {} } } },
      'missing_required_parameter',
      'text.format.name is required',
    ],
    [
      { text: { format: { type: 'json_schema', name: 'x', schema: [] } } },
      'invalid_value',
      'text.format.schema must be an object',
    ],
    [{ metadata: { a: 1 } }, 'invalid_type', 'metadata.a must be a string, got 1'],
    [{ metadata: { a: 'x'.repeat(513) } }, 'invalid_value', 'metadata.a must be at most 512 characters long'],
    [
      { metadata: { ['k'.repeat(65)]: '' } },
      'invalid_value',
      'metadata must have keys of at most 64 characters',
    ],
    [
      { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`${i}`, ''])) },
      'invalid_value',
      'metadata must have at most 16 keys',
    ],
    [
      { background: true, store: false },
      'invalid_value',
      'store is false, but background mode requires store=true',
    ],
    [
      { conversation: 'conv_1', previous_response_id: 'resp_1' },
      'invalid_value',
      /^conversation cannot be given together/,
    ],
    [{ prompt: { version: '1' } }, 'missing_required_parameter', 'prompt.id is required'],
    [
      { prompt: { id: 'p', version: 'x' } },
      'invalid_value',
      'prompt.version must be the number of a version',
    ],
    [
      { tools: [{ type: 'web_search' }] },
      'invalid_value',
      'tools[0].type "web_search" is not supported by this server; use "function" or "mcp"',
    ],
    [
      { tools: [{ ...mcp, server_label: 'a b' }] },
      'invalid_value',
      /^tools\[0\]\.server_label must be 1 to 32 letters/,
    ],
    [{ tools: [mcp, mcp] }, 'invalid_value', 'tools[1].server_label "antiphon" is named twice'],
    [
      { tools: [{ ...mcp, server_label: 'x', server_url: 'file:///etc/passwd' }] },
      'invalid_value',
      'tools[0].server_url must be an http or https URL',
    ],
    [
      { tools: [{ ...mcp, server_label: 'x', connector_id: 'connector_gmail' }] },
      'invalid_type',
      /^tools\[0\]\.connector_id must be left out/,
    ],
    [
      { tools: [{ ...mcp, server_label: 'x', authorization: 'secret' }] },
      'invalid_value',
      /^tools\[0\]\.authorization is for a server with a server_url/,
    ],
    [
      { tools: [{ ...mcp, server_label: 'x', server_url: 'https://x.example', headers: { Host: 'y' } }] },
      'invalid_value',
      /^tools\[0\]\.headers.* must/,
    ],
    [
      {
        tools: [
          { ...mcp, server_label: 'x', server_url: 'https://x.example', headers: { 'X-Key': 'a\r\nb' } },
        ],
      },
      'invalid_value',
      /^tools\[0\]\.headers.* must/,
    ],
    [
      { tools: [{ ...mcp, server_url: 'https://x' }] },
      'invalid_type',
      /^tools\[0\]\.server_url must be left out/,
    ],
    [
      { tools: [{ ...mcp, require_approval: 'sometimes' }] },
      'invalid_value',
      /^tools\[0\]\.require_approval must be "always", "never", or/,
    ],
    [{ tools: [{ type: 'function' }] }, 'missing_required_parameter', 'tools[0].name is required'],
    [
      { tool_choice: { type: 'function', name: 'x' } },
      'invalid_value',
      'tool_choice names "x", which is not in tools',
    ],
    [
      { tool_choice: { type: 'web_search' } },
      'invalid_value',
      'tool_choice.type must be "function", got "web_search"',
    ],
    [
      { tool_choice: { type: 'mcp', server_label: 'antiphon' } },
      'invalid_value',
      'tool_choice.server_label "antiphon" is not in tools',
    ],
  ])('%j', (changes, code, message) => {
    const error = refusalOf(changes);
    expect(error.message).toMatch(message);
    expect(message instanceof RegExp || error.message === message).toBe(true);
    expect(encodeError(error)).toMatchObject({
      status: 400,
      body: { error: { type: 'invalid_request_error', code, param: error.param } },
    });
    expect(error.message.startsWith(`${error.param} `)).toBe(true);
  });
});

it('answers any body with a request or a refusal', () => {
  const fields = [
    ...[
      'model',
      'input',
      'role',
      'content',
      'type',
      'text',
      'tools',
      'tool_choice',
      'function',
      'name',
      'parameters',
    ],
    ...[
      'metadata',
      'format',
      'schema',
      'conversation',
      'id',
      'stream',
      'temperature',
      '__proto__',
      'call_id',
      'output',
    ],
    ...[
      'image_url',
      'url',
      'file',
      'input_audio',
      'arguments',
      'constructor',
      'summary',
      'allowed_tools',
      'reasoning',
    ],
  ];
  const words = [
    ...[
      'user',
      'assistant',
      'function',
      'mcp',
      'input_text',
      'input_image',
      'input_file',
      'message',
      'reasoning',
    ],
    ...[
      'function_call',
      'function_call_output',
      'mcp_call',
      'item_reference',
      'allowed_tools',
      'json_schema',
    ],
    ...['x', '', null, true, 0, 1.5, -1],
  ];
  let accepted = 0;
  for (const body of randomBodies(11, fields, words)) {
    const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
    const candidates = isObject
      ? [body, { model: 'm', input: 'Hi', ...body }, { ...body, model: 'm', input: 'Hi' }]
      : [body];
    for (const candidate of candidates) {
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

describe('a retrieve', () => {
  it.each([
    [{}, { reply: 'json' }],
    [{ stream: 'false', starting_after: '3' }, { reply: 'json' }],
    [{ stream: 'true' }, { reply: 'stream', startingAfter: -1 }],
    [
      { stream: 'true', starting_after: '0', 'include[]': ['reasoning.encrypted_content'], foo: 'x' },
      { reply: 'stream', startingAfter: 0 },
    ],
  ])('%j', (query, expected) => expect(decodeRetrieve(query)).toEqual(expected));

  it.each(['-1', '1.5', 'x', '', '9'.repeat(16), ['1', '2']])(
    'refuses starting_after %j',
    (startingAfter) => {
      const query = { stream: 'true', starting_after: startingAfter };
      expect(() => decodeRetrieve(query)).toThrow(
        expect.objectContaining({ code: 'invalid_request', param: 'starting_after' }),
      );
    },
  );

  it('refuses to include unknown fields', () => {
    for (const name of ['include', 'include[]'])
      expect(() => decodeRetrieve({ [name]: 'x' })).toThrow(expect.objectContaining({ param: name }));
  });

  it('refuses a stream that is neither true nor false', () => {
    expect(() => decodeRetrieve({ stream: 'maybe' })).toThrow(expect.objectContaining({ param: 'stream' }));
  });
});
