import { CreateResponse, Decision, Item } from '@antiphon/contracts';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeCreate, decodeRetrieve } from './decode.ts';
import { encodeError } from './errors.ts';
import { created, decided, decode, refusalOf, result } from '../testing/agent-requests.ts';

const folder = new URL('./__fixtures__/', import.meta.url);

function fixture(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`${name}.request.json`, folder), 'utf8')) as Record<string, unknown>;
}

describe("the document's requests", () => {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.request.json') && !name.startsWith('error-examples'))
    .map((name) => name.replace('.request.json', ''));

  it.each(names)('%s is accepted', (name) => {
    const decoded = decodeCreate(fixture(name), {});
    expect(decoded.reply).toBe(
      { off: 'json', full: 'stream', events: 'events' }[String(fixture(name).stream)],
    );
    if ('decisions' in decoded) Decision.array().min(1).parse(decoded.decisions);
    else CreateResponse.parse(decoded.request);
  });

  it('a string with model and settings', () => {
    expect(created(fixture('basic-string-input-3-string-input-with-model-settings')).request).toMatchObject({
      dialect: 'agent',
      model: 'ollama/llama3.1:8b',
      input: [
        { id: 'msg_1', role: 'user', content: [{ type: 'text', text: 'Write a short poem about AI' }] },
      ],
      settings: { temperature: 0.8, maxOutputTokens: 200 },
      background: false,
      stored: true,
      onPause: 'wait',
    });
  });

  it('uses the default model where the request names none', () => {
    expect(created(fixture('model-configuration-4-default-model-with-settings')).request.model).toBe(
      'default',
    );
  });

  it('offers the HTTP tools', () => {
    const { serverTools, clientTools } = created(fixture('basic-string-input-1-simple-string-input')).request;
    expect(serverTools).toHaveLength(8);
    expect(serverTools).toEqual(expect.arrayContaining(['get_http_requests', 'delete_http_requests']));
    expect(clientTools).toEqual([]);
  });

  it('an assistant message with tool calls at the end: the response begins with the proposed calls', () => {
    const { request, begun, mayReuse } = created(
      fixture('structured-message-input-3-ai-message-with-tool-calls'),
    );
    expect(request.input).toEqual([]);
    expect(Item.array().parse(begun)).toMatchObject([
      { type: 'message', role: 'assistant' },
      {
        type: 'function_call',
        callId: 'call_123',
        name: 'put_http_requests',
        executor: 'server',
        state: 'proposed',
        arguments:
          '{"url":"http://api.example.com/products/123","input_data":{"name":"Updated Product","price":29.99}}',
      },
    ]);
    expect(mayReuse).toBe(false);
  });

  it('a result alone: its call is inserted before it, since models refuse a result without a call', () => {
    const { request } = created(fixture('structured-message-input-4-tool-message-response'));
    expect(request.input).toMatchObject([
      { type: 'function_call', callId: 'call_123', state: 'done' },
      {
        type: 'function_call_output',
        callId: 'call_123',
        output: expect.stringContaining('29.99') as string,
      },
    ]);
  });

  it('a history of calls and results', () => {
    const { request, begun } = created(fixture('complete-examples-1-full-e-commerce-integration'));
    expect(begun).toEqual([]);
    expect(request.conversationId).toBe('550e8400-e29b-41d4-a716-446655440001');
    expect(request.input).toMatchObject([
      { type: 'message', role: 'user' },
      { type: 'message', role: 'assistant' },
      { type: 'function_call', callId: 'call_inventory_1', state: 'done' },
      { type: 'function_call_output', callId: 'call_inventory_1' },
      { type: 'message', role: 'user' },
    ]);
  });

  it('conversations: a new one, an existing one, one named by the caller, none', () => {
    const uses = (name: string) => created(fixture(name)).conversation;
    expect(uses('stateful-conversations-1-new-conversation')).toBe('new');
    expect(uses('stateful-conversations-2-continue-conversation')).toBe('existing');
    expect(uses('complete-examples-2-customer-support-chat')).toBe('named');
    expect(created({ input: 'x', conversation_id: 'conv_mistyped' }).conversation).toBe('existing');
    expect(uses('stateless-conversations-1-full-conversation-replay')).toBeUndefined();
    expect(created(fixture('stateful-conversations-4-response-branching')).request).toMatchObject({
      previousResponseId: 'resp_789',
    });
  });

  it.each([
    ['1-accept-tool-call', { action: 'accept' }],
    ['2-reject-tool-call', { action: 'reject', message: "I don't want to proceed with this action" }],
    [
      '3-edit-tool-call-arguments',
      {
        action: 'edit',
        arguments:
          '{"url":"http://api.example.com/products/456","input_data":{"name":"Modified Product Name","price":39.99}}',
      },
    ],
    [
      '4-provide-feedback',
      { action: 'feedback', message: 'Please use a different API endpoint for this operation' },
    ],
  ])('decision %s', (name, decision) => {
    expect(decided(fixture(`tool-decision-input-${name}`))).toEqual({
      of: { conversationId: '550e8400-e29b-41d4-a716-446655440001', responseId: null },
      conversation: 'existing',
      decisions: [{ callId: 'call_123', ...decision }],
      reply: 'json',
    });
  });

  it.each([
    ['2-invalid-message-sequence', ['body', 'input']],
    ['3-content-too-large', ['body', 'input']],
    ['4-invalid-model-settings', ['body', 'model_settings', 'temperature']],
  ])('error %s is 422 and says where', (name, loc) => {
    expect(encodeError(refusalOf(fixture(`error-examples-${name}`)))).toMatchObject({
      status: 422,
      body: { detail: [{ loc }] },
    });
  });

  it('error 1-invalid-transport is 406', () => {
    expect(encodeError(refusalOf(fixture('error-examples-1-invalid-transport'), 'application/json'))).toEqual(
      {
        status: 406,
        body: { detail: 'Incompatible transport: stream=full requires Accept: text/event-stream' },
      },
    );
  });
});

describe('decisions', () => {
  it('results alone, where the request names the conversation or response that they continue', () => {
    expect(decided({ input: [result('call_1', 'done'), result('call_2')], conversation_id: 'c' })).toEqual({
      of: { conversationId: 'c', responseId: null },
      decisions: [
        { callId: 'call_1', action: 'output', output: 'done' },
        { callId: 'call_2', action: 'output', output: 'ok' },
      ],
      reply: 'stream',
    });
    expect(decided({ input: [result('call_1')], previous_response_id: 'resp_1' }).of).toEqual({
      conversationId: null,
      responseId: 'resp_1',
    });
  });

  it('several decisions at once', () => {
    const input = ['a', 'b'].map((id) => ({ type: 'tool_decision', tool_call_id: id, decision: 'accept' }));
    expect(decided({ input, conversation_id: 'c' }).decisions).toHaveLength(2);
  });
});

it('a response that is not stored is handed back when it pauses', () => {
  expect(created({ store: false })).toMatchObject({ request: { onPause: 'hand_back', stored: false } });
});

it('does not use the answer cache where the caller turns it off', () => {
  expect(created({ disable_cache: true }).mayReuse).toBe(false);
  expect(created({}).mayReuse).toBe(true);
});

it.each([
  ['full', 'stay'],
  ['events', 'stay'],
  ['off', 'wait'],
] as const)('a background response with stream %s pauses as %s, and is not cached', (stream, onPause) => {
  const { request, mayReuse } = created({ background: true, stream });
  expect(request).toMatchObject({ background: true, onPause });
  expect(mayReuse).toBe(false);
});

describe('a retrieve', () => {
  it('is of the response, or of the events after a number', () => {
    expect(decodeRetrieve({})).toEqual({ reply: 'json' });
    expect(decodeRetrieve({ stream: 'events' })).toEqual({ reply: 'events', startingAfter: -1 });
    expect(decodeRetrieve({ stream: 'full', starting_after: '7' })).toEqual({
      reply: 'stream',
      startingAfter: 7,
      needsLog: true,
    });
  });

  it.each([
    [{ stream: 'true' }, 'stream', 'must be "off"'],
    [{ stream: 'full', starting_after: '-1' }, 'starting_after', 'must be a whole number'],
    [{ stream: 'full', starting_after: '1e3' }, 'starting_after', 'must be a whole number'],
    [{ starting_after: '1' }, 'starting_after', 'needs stream=full or stream=events'],
  ])('%j is refused', (query, param, complaint) => {
    expect(() => decodeRetrieve(query)).toThrow(
      expect.objectContaining({ param, message: expect.stringContaining(complaint) as string }) as Error,
    );
  });
});

it('takes null for absent', () => {
  const nulls = {
    model: null,
    model_settings: null,
    stream: null,
    store: null,
    disable_cache: null,
    conversation_id: null,
    previous_response_id: null,
  };
  expect(decode(nulls)).toEqual(decode({}));
});
