import { readFileSync } from 'node:fs';
import type { MessageItem, Usage } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { callOutput, clientCall, message, serverCall, testResponse } from '../testing/test-response.ts';
import { encodeCreated, encodeDeleted, encodeInputItems, encodeResponse, encodeWebhook } from './encode.ts';
import { decodeItemsQuery } from './page-query.ts';

function fixture(name: string): Record<string, unknown> {
  return JSON.parse(
    readFileSync(new URL(`./__fixtures__/${name}.response.json`, import.meta.url), 'utf8'),
  ) as Record<string, unknown>;
}

it('is the response of the document', () => {
  const { instructions: _asItems, ...expected } = fixture('create-response');
  const response = testResponse({
    id: 'resp_abc123',
    model: 'gpt-4o',
    status: 'completed',
    createdAt: 1699123456_789,
    output: [message('msg_xyz', 'assistant', 'Quantum computing uses quantum mechanical phenomena...')],
    usage: { inputTokens: 25, outputTokens: 150, totalTokens: 175, cachedInputTokens: 0, reasoningTokens: 0 },
    settings: { ...testResponse().settings, temperature: 0.7, topP: 0.9, maxOutputTokens: 1500 },
  });
  expect(encodeResponse(response)).toMatchObject(expected);
  expect(encodeCreated(response)).toEqual({ status: 200, body: encodeResponse(response) });
});

it('names the model that answered after the first answer', () => {
  expect(encodeResponse(testResponse()).model).toBe('test-model');
  expect(encodeResponse(testResponse({ modelUsed: 'gpt-4o-2024-08-06' })).model).toBe('gpt-4o-2024-08-06');
});

it('has no usage before the end', () => {
  expect(encodeResponse(testResponse()).usage).toBeNull();
  expect(encodeResponse(testResponse({ status: 'cancelled', cancelledAt: 1_999 }))).toMatchObject({
    usage: { total_tokens: 0 },
    cancelled_at: 1,
  });
});

it('counts the tokens that the provider wrote into its cache, 0 where that is unknown', () => {
  const usage = {
    inputTokens: 9,
    outputTokens: 1,
    totalTokens: 10,
    cachedInputTokens: 2,
    reasoningTokens: 0,
  };
  const detailsOf = (counted: Usage) =>
    (encodeResponse(testResponse({ status: 'completed', usage: counted })).usage as Record<string, unknown>)[
      'input_tokens_details'
    ];
  expect(detailsOf(usage)).toEqual({ cached_tokens: 2, cache_write_tokens: 0 });
  expect(detailsOf({ ...usage, cacheWriteTokens: 7 })).toEqual({ cached_tokens: 2, cache_write_tokens: 7 });
});

it('shows thoughts in the clear, or as the requested summary', () => {
  const thought = { type: 'reasoning', id: 'rs_1', text: 'Hm', status: 'completed' } as const;
  const shown = (changes: Partial<typeof thought & { isSummary: boolean; sealed: string }>) =>
    encodeResponse(testResponse({ status: 'completed', output: [{ ...thought, ...changes }] })).output;
  const frame = { id: 'rs_1', type: 'reasoning', status: 'completed' };
  expect(shown({})).toEqual([{ ...frame, summary: [], content: [{ type: 'reasoning_text', text: 'Hm' }] }]);
  expect(shown({ isSummary: true, sealed: 'x' })).toEqual([
    { ...frame, summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content: 'x' },
  ]);
});

it('echoes tools whole, and server tools as an MCP server', () => {
  const clientTool = {
    executor: 'client',
    name: 'f',
    description: null,
    parameters: null,
    strict: null,
  } as const;
  const response = testResponse({
    clientTools: [clientTool],
    serverTools: ['scrape'],
    toolChoice: { name: 'scrape' },
  });
  expect(encodeResponse(response)).toMatchObject({
    tools: [
      { type: 'function', name: 'f', description: null, parameters: null, strict: null },
      { type: 'mcp', server_label: 'antiphon', allowed_tools: ['scrape'], require_approval: null },
    ],
    tool_choice: { type: 'mcp', server_label: 'antiphon', name: 'scrape' },
  });
  expect(encodeResponse({ ...response, toolChoice: { name: 'f' } }).tool_choice).toEqual({
    type: 'function',
    name: 'f',
  });
  expect(encodeResponse({ ...response, serverTools: 'all' }).tools).toMatchObject([
    {},
    { allowed_tools: null },
  ]);
});

it("puts the output of a server tool into its call, and keeps the output of the caller's tool as an item", () => {
  const output = [
    serverCall('call_1'),
    clientCall('call_2', { state: 'done' }),
    callOutput('call_2', 'Rain'),
    callOutput('call_1', 'Sunny'),
  ];
  expect(encodeResponse(testResponse({ status: 'completed', output })).output).toMatchObject([
    { type: 'mcp_call', id: 'fc_call_1', status: 'completed', output: 'Sunny', error: null },
    { type: 'function_call', call_id: 'call_2' },
    { type: 'function_call_output', call_id: 'call_2', output: 'Rain' },
  ]);
});

it('shows the status of a call of a server tool', () => {
  const running = serverCall('call_1', { state: 'started', durationMs: null });
  const statusOf = (status: 'in_progress' | 'cancelled') =>
    (encodeResponse(testResponse({ status, output: [running] })).output as { status: string }[])[0]?.status;
  expect(statusOf('in_progress')).toBe('in_progress');
  expect(statusOf('cancelled')).toBe('incomplete');
});

describe('a failed run', () => {
  const error = { code: 'internal', message: 'Internal error' } as const;

  it('is an HTTP error in the foreground', () => {
    expect(encodeCreated(testResponse({ status: 'failed', error }))).toEqual({
      status: 500,
      body: {
        error: { message: 'Internal error', type: 'server_error', code: 'execution_failed', param: null },
      },
    });
  });

  it('forbids a retry when tools ran', () => {
    const output = [serverCall('call_1'), callOutput('call_1', 'Sunny')];
    const reply = encodeCreated(testResponse({ status: 'failed', error, output }));
    expect(reply.headers).toEqual({ 'x-should-retry': 'false' });
  });

  it('is a failed response when it is retrieved', () => {
    const failed = testResponse({ status: 'failed', error, background: true });
    expect(encodeResponse(failed).error).toEqual({
      type: 'server_error',
      code: 'server_error',
      message: 'Internal error',
      reason: 'execution_failed',
    });
    expect(encodeCreated(failed).status).toBe(200);
  });
});

describe('input items', () => {
  const items = [
    message('msg_0', 'system', 'You are a helpful physics tutor'),
    message('msg_1', 'user', 'Explain'),
    serverCall('call_1'),
    callOutput('call_1', 'Sunny'),
    message('msg_2', 'assistant', "I'd be happy to"),
  ];
  const pageOf = (query: object) => encodeInputItems(items, decodeItemsQuery(query));

  it('are newest first, and all of them in the other order', () => {
    expect(pageOf({})).toMatchObject({
      object: 'list',
      data: [{ id: 'msg_2' }, { id: 'fc_call_1' }, { id: 'msg_1' }, { id: 'msg_0' }],
      first_id: 'msg_2',
      last_id: 'msg_0',
      has_more: false,
    });
    expect(pageOf({ order: 'asc' }).data).toMatchObject([
      { role: 'system', content: [{ type: 'input_text', text: 'You are a helpful physics tutor' }] },
      { role: 'user' },
      { type: 'mcp_call', output: 'Sunny' },
      { role: 'assistant', content: [{ type: 'output_text' }] },
    ]);
  });

  it('have the images of messages and screens where the list includes them', () => {
    const url = 'data:image/png;base64,AAAA';
    const image = { type: 'image' as const, url };
    const shown = (include?: string[]) => {
      const pictured = [
        { ...message('msg_1', 'user', ''), content: [image] },
        { ...callOutput('call_2', ''), kind: 'computer' as const, output: [image] },
      ];
      const { data } = encodeInputItems(
        pictured,
        decodeItemsQuery({ order: 'asc', ...(include && { include }) }),
      );
      return JSON.stringify(data).split(url).length - 1;
    };
    expect(shown()).toBe(0);
    expect(shown(['message.input_image.image_url'])).toBe(1);
    expect(shown(['message.input_image.image_url', 'computer_call_output.output.image_url'])).toBe(2);
  });

  it('come in pages', () => {
    expect(pageOf({ limit: '1', after: 'msg_2' })).toMatchObject({
      data: [{ id: 'fc_call_1' }],
      has_more: true,
    });
    expect(pageOf({ after: 'msg_0' })).toEqual({
      object: 'list',
      data: [],
      first_id: null,
      last_id: null,
      has_more: false,
    });
  });

  it.each([
    [{ limit: '0' }, 'limit'],
    [{ limit: '101' }, 'limit'],
    [{ limit: 'many' }, 'limit'],
    [{ limit: '' }, 'limit'],
    [{ order: 'up' }, 'order'],
    [{ after: 'msg_9' }, 'after'],
  ])('refuse %j', (query, param) => {
    expect(() => pageOf(query)).toThrowError(expect.objectContaining({ code: 'invalid_request', param }));
  });
});

it('shows no text of a rejected answer, and lists its fault in the metadata', () => {
  const rejected = { ...message('msg_1', 'assistant', 'Paris'), status: 'incomplete', rejection: 'no JSON' };
  const response = testResponse({
    status: 'completed',
    metadata: { project: 'x' },
    output: [rejected as MessageItem, message('msg_2', 'assistant', '{}')],
  });
  expect(encodeResponse(response)).toMatchObject({
    output: [
      { id: 'msg_1', type: 'message', status: 'incomplete', content: [] },
      { id: 'msg_2', content: [{ text: '{}' }] },
    ],
    metadata: { project: 'x', output_attempts: '2', output_rejection_1: 'no JSON' },
  });
});

it('echoes the prompt it was made from', () => {
  const prompt = { id: 'p', version: '2', variables: { topic: 'x' } };
  expect(encodeResponse(testResponse({ prompt })).prompt).toEqual(prompt);
  expect(encodeResponse(testResponse())).not.toHaveProperty('prompt');
});

it('encodes the webhook for its end in the form of Standard Webhooks', () => {
  const response = testResponse({ status: 'incomplete', completedAt: 1705316122_999 });
  expect(encodeWebhook({ eventId: 'evt_1', response })).toEqual({
    eventName: 'response.incomplete',
    body: {
      id: 'evt_1',
      object: 'event',
      type: 'response.incomplete',
      created_at: 1705316122,
      data: { id: 'resp_test' },
    },
    headers: {},
  });
});

it('confirms a deletion as the document does', () => {
  expect(encodeDeleted('resp_abc123')).toEqual({ status: 200, body: fixture('delete-response') });
});

it('shows the metadata of other dialects as texts', () => {
  const metadata = { project: 'x', nested: { list: [1, null] }, count: 2 };
  expect(encodeResponse(testResponse({ dialect: 'jan', metadata })).metadata).toEqual({
    project: 'x',
    nested: '{"list":[1,null]}',
    count: '2',
  });
});
