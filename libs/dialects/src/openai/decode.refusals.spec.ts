import { AppError, CreateResponse } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { randomBodies } from '../testing/random-json.ts';
import { decodeCreate } from './decode.ts';
import { encodeError } from './errors.ts';
import { refusalOf } from '../testing/openai-requests.ts';

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
      { input: [{ type: 'time_travel_call', id: 'x' }] },
      'invalid_value',
      'input[0].type "time_travel_call" is not supported by this server',
    ],
    [{ input: [{ type: 'item_reference' }] }, 'missing_required_parameter', 'input[0].id is required'],
    [
      { input: [{ type: 'compaction', encrypted_content: 7 }] },
      'invalid_type',
      /^input\[0\].encrypted_content must be a string/,
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'input_image' }] }] },
      'missing_required_parameter',
      /^input\[0\].content\[0\].image_url is required.*"file_id" of an uploaded file/,
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'file:///etc/passwd' }] }] },
      'invalid_value',
      /image_url must be an https URL or a data URL/,
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'input_file' }] }] },
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
      'tool_choice.type "web_search" is not in tools',
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
