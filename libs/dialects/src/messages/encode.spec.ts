import type { Item, Response } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { callOutput, clientCall, message, serverCall, testResponse } from '../testing/test-response.ts';
import { encodeCreated, encodeMessage, encodeUsage } from './encode.ts';
import { Message } from './reply-schema.ts';

const answer = (output: Item[], changes: Partial<Response> = {}) =>
  testResponse({
    ...{ dialect: 'messages', stored: false, status: 'completed', serverTools: ['google_search'], output },
    ...changes,
  });
const settings = testResponse().settings;
const thought: Item = { type: 'reasoning', id: 'rs_1', text: 'Hm.', status: 'completed', sealed: 'box' };
const searched = serverCall('s1', {
  name: 'web_search',
  kind: 'web_search',
  arguments: '{"queries":["rain","snow"]}',
  detail: {
    kind: 'web_search',
    action: {
      type: 'search',
      queries: ['rain', 'snow'],
      results: [{ url: 'https://rain.example', title: 'Rain', snippet: 'It rains.' }],
    },
  },
});
const said: Item = message('msg_1', 'assistant', 'Hello');

it('is a message whose id and model are those of the response', () => {
  const encoded = encodeMessage(answer([said], { id: 'resp_7', model: 'a/b', serviceTierUsed: 'standard' }));
  expect(Message.parse(encoded)).toEqual(encoded);
  expect(encoded).toMatchObject({
    id: 'msg_7',
    type: 'message',
    role: 'assistant',
    model: 'a/b',
    content: [{ type: 'text', text: 'Hello', citations: null }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { service_tier: 'standard' },
  });
});

describe('content', () => {
  const cited: Item = {
    type: 'message',
    id: 'msg_2',
    role: 'assistant',
    status: 'completed',
    content: [
      {
        type: 'text',
        text: 'As they say.',
        citations: [{ url: 'https://example.org', title: '', startIndex: 0, endIndex: 12 }],
      },
      { type: 'image', url: 'data:image/png;base64,aGk=' },
    ],
  };
  const failed = serverCall('c2', { error: { code: 'tool_timeout', message: 'Too slow' } });

  it.each<[string, Item[], object[]]>([
    ['a thought with its signature', [thought], [{ type: 'thinking', thinking: 'Hm.', signature: 'box' }]],
    [
      'pages that the answer cites, and its images as a word',
      [cited],
      [
        {
          type: 'text',
          text: 'As they say.[image]',
          citations: [{ type: 'web_search_result_location', url: 'https://example.org', title: null }],
        },
      ],
    ],
    [
      'calls of the client',
      [clientCall('c1', { arguments: '{"city":"Rome"}' }), clientCall('c3', { arguments: '[' })],
      [
        {
          type: 'tool_use',
          id: 'c1',
          name: 'get_weather',
          input: { city: 'Rome' },
          caller: { type: 'direct' },
        },
        { type: 'tool_use', id: 'c3', input: { unreadable_arguments: '[' } },
      ],
    ],
    [
      'calls of the server with their results',
      [
        serverCall('c1', { serverLabel: 'docs', serverToolName: 'find' }),
        failed,
        callOutput('c1', 'Found'),
        callOutput('c2', 'Too slow'),
      ],
      [
        { type: 'mcp_tool_use', id: 'c1', name: 'find', server_name: 'docs', input: { q: 'weather' } },
        { type: 'mcp_tool_use', id: 'c2', name: 'google_search', server_name: 'antiphon' },
        { type: 'mcp_tool_result', tool_use_id: 'c1', is_error: false, content: [{ text: 'Found' }] },
        { type: 'mcp_tool_result', tool_use_id: 'c2', is_error: true },
      ],
    ],
    [
      'searches with the pages that they found',
      [searched, callOutput('s1', 'Rain')],
      [
        { type: 'server_tool_use', id: 's1', name: 'web_search', input: { query: 'rain; snow' } },
        {
          type: 'web_search_tool_result',
          tool_use_id: 's1',
          content: [
            { type: 'web_search_result', url: 'https://rain.example', title: 'Rain', page_age: null },
          ],
        },
      ],
    ],
    [
      'a search that failed',
      [{ ...searched, error: { code: 'unavailable', message: 'Off' } }, callOutput('s1', 'Off')],
      [
        { type: 'server_tool_use', id: 's1' },
        { content: { type: 'web_search_tool_result_error', error_code: 'unavailable' } },
      ],
    ],
    ['no call of a tool that there is not', [serverCall('c1', { name: 'none' }), callOutput('c1', 'No')], []],
    ['no empty text', [message('msg_3', 'assistant', '')], []],
    ['no rejected answer', [{ ...said, rejection: 'No JSON' } as Item, said], [{ text: 'Hello' }]],
    ['no call that was cut short', [clientCall('c1', { status: 'incomplete' })], []],
  ])('has %s', (_what, output, content) => {
    const encoded = encodeMessage(answer(output));
    expect(Message.parse(encoded).content).toMatchObject(content);
    expect(encoded.content).toHaveLength(content.length);
  });

  it('has no text of thoughts where the request does not want it', () => {
    const hidden = { ...settings, reasoningEffort: 'high' as const };
    const [first] = encodeMessage(answer([thought], { settings: hidden })).content;
    expect(first).toEqual({ type: 'thinking', thinking: '', signature: 'box' });
    const shown = { ...hidden, reasoningSummary: 'auto' as const };
    expect(encodeMessage(answer([thought], { settings: shown })).content).toMatchObject([
      { thinking: 'Hm.' },
    ]);
  });
});

describe('stop_reason', () => {
  const refused: Item = {
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'refusal', refusal: 'No.' }],
  };

  it.each<[string, Item[], Partial<Response>, object]>([
    ['tool_use', [clientCall('c1')], { status: 'requires_action' }, {}],
    ['max_tokens', [said], { status: 'incomplete', incompleteReason: 'max_output_tokens' }, {}],
    ['refusal', [said], { status: 'incomplete', incompleteReason: 'content_filter' }, {}],
    ['refusal', [refused], {}, { stop_details: { type: 'refusal', explanation: 'No.' } }],
    ['stop_sequence', [said], { stopSequenceUsed: 'END' }, { stop_sequence: 'END' }],
    ['end_turn', [said], {}, { stop_sequence: null, stop_details: null }],
  ])('%s', (stopReason, output, changes, more) => {
    expect(encodeMessage(answer(output, changes))).toMatchObject({ stop_reason: stopReason, ...more });
  });
});

it('counts input by its part in the cache', () => {
  const usage = {
    inputTokens: 100,
    outputTokens: 9,
    totalTokens: 109,
    cachedInputTokens: 60,
    reasoningTokens: 4,
    cacheWriteTokens: 30,
  };
  expect(encodeUsage({ usage, serviceTierUsed: 'default', output: [searched] })).toMatchObject({
    server_tool_use: { web_search_requests: 1, web_fetch_requests: 0 },
    input_tokens: 10,
    cache_read_input_tokens: 60,
    cache_creation_input_tokens: 30,
    output_tokens: 9,
    output_tokens_details: { thinking_tokens: 4 },
    service_tier: 'standard',
  });
});

describe('a response that is no message', () => {
  it.each<[number, string, Partial<Response>]>([
    [500, 'api_error', { status: 'failed', error: { code: 'model_error', message: 'Broken' } }],
    [404, 'not_found_error', { status: 'failed', error: { code: 'model_not_found', message: 'None' } }],
    [499, 'api_error', { status: 'cancelled' }],
    [
      400,
      'invalid_request_error',
      { status: 'requires_action', output: [serverCall('c', { state: 'pending_approval' })] },
    ],
  ])('is a %i %s', (status, type, changes) => {
    expect(encodeCreated(answer([], changes), 'req-1')).toMatchObject({
      status,
      body: { type: 'error', error: { type }, request_id: 'req-1' },
      headers: { 'request-id': 'req-1' },
    });
  });

  it('is not to be requested again after tools have run', () => {
    const error = { code: 'model_error' as const, message: 'Broken' };
    const failed = answer([serverCall('c')], { status: 'failed', error });
    expect(encodeCreated(failed).headers).toMatchObject({ 'x-should-retry': 'false' });
    expect(encodeCreated(answer([], { status: 'failed', error })).headers).not.toHaveProperty(
      'x-should-retry',
    );
  });
});
