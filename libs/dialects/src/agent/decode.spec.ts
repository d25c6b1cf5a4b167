import { AppError, CreateResponse, Decision, idPrefixes, Item, type IdKind } from '@antiphon/contracts';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DecodedCreate, DecodedDecisions } from '../dialect.ts';
import { randomBodies } from '../testing/random-json.ts';
import { decodeCreate } from './decode.ts';
import { encodeError } from './errors.ts';

const folder = new URL('./__fixtures__/', import.meta.url);

function fixture(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`${name}.request.json`, folder), 'utf8')) as Record<string, unknown>;
}

function countingIds(): (kind: IdKind) => string {
  let count = 0;
  return (kind) => `${idPrefixes[kind]}_${++count}`;
}

function decode(body: object, accept?: string): DecodedCreate | DecodedDecisions {
  return decodeCreate({ input: 'Hi', ...body }, { accept }, countingIds());
}

function created(body: object): DecodedCreate {
  const decoded = decode(body);
  if ('decisions' in decoded) throw new Error('the body was read as decisions');
  return decoded;
}

function decided(body: object): DecodedDecisions {
  const decoded = decode(body);
  if (!('decisions' in decoded)) throw new Error('the body was read as a create');
  return decoded;
}

function refusalOf(body: unknown, accept?: string): AppError {
  try {
    decodeCreate(body, { accept });
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the body was accepted');
}

function statusOf(body: unknown): number {
  return encodeError(refusalOf(body)).status;
}

const text = (words: string) => [{ type: 'text', text: words }];
const user = (words = 'Go on') => ({ type: 'message', role: 'user', content: text(words) });
const call = (id: string) => ({
  id,
  name: 'get_http_requests',
  args: { url: 'http://a.b' },
  type: 'tool_call',
});
const assistant = (words: string, ...ids: string[]) => ({
  type: 'message',
  role: 'assistant',
  content: text(words),
  ...(ids.length > 0 && { tool_calls: ids.map(call) }),
});
const result = (id: string, words = 'ok') => ({
  type: 'message',
  role: 'tool',
  content: text(words),
  tool_call_id: id,
});

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

describe('accepted sequences', () => {
  it.each([
    ['a call with its result, and nothing after', [assistant('', 'a'), result('a')]],
    ['results in another order', [assistant('', 'a', 'b'), result('b'), result('a'), user()]],
    [
      'the same call id in two turns',
      [user(), assistant('', 'a'), result('a'), assistant('', 'a'), result('a')],
    ],
    ['words of the assistant first', [assistant('Hello'), user()]],
  ])('%s', (_what, input) => {
    expect(created({ input }).request.input.length).toBeGreaterThan(1);
  });

  it('two assistant messages in a row in a replayed history', () => {
    const input = [user(), assistant('One'), assistant('Two')];
    expect(created({ input, store: false }).request.input).toHaveLength(3);
    expect(statusOf({ input })).toBe(422);
  });
});

describe('refuses with 400 an input that leaves a call without its result', () => {
  it.each([
    ['something else after it', [assistant('', 'a'), user()]],
    ['one result of two', [assistant('', 'a', 'b'), result('a')]],
    ['results that come too late', [assistant('', 'a'), user(), result('a')]],
  ])('%s', (_what, input) => {
    const error = refusalOf({ input });
    expect(encodeError(error)).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('has no result') as string },
    });
  });
});

describe('refuses with 422, and names the field', () => {
  const decision = { type: 'tool_decision', tool_call_id: 'a', decision: 'accept' };
  const decides = (changes: object) => ({ input: [{ ...decision, ...changes }], conversation_id: 'c' });
  const long = 'x'.repeat(10 * 1024);

  it.each<[object, string, string]>([
    [{ input: undefined }, 'input', 'is required'],
    [{ input: 7 }, 'input', 'must be a string or an array'],
    [{ input: '' }, 'input', 'must not be empty'],
    [{ input: ' \n' }, 'input', 'must not be empty'],
    [{ input: [] }, 'input', 'must not be empty'],
    [{ input: [7] }, 'input[0]', 'must be a JSON object'],
    [{ input: [{}] }, 'input[0].type', 'is required'],
    [{ input: [{ type: 'image' }] }, 'input[0].type', 'must be "message" or "tool_decision"'],
    [{ input: [{ ...user(), role: 'system' }] }, 'input[0].role', 'must be'],
    [{ input: [{ ...user(), content: 'Hi' }] }, 'input[0].content', 'must be an array'],
    [{ input: [{ ...user(), content: [] }] }, 'input[0].content', 'must not be empty'],
    [{ input: [{ ...user(' ') }] }, 'input[0].content', 'must not be empty'],
    [{ input: [{ ...user(), name: 'x' }] }, 'input[0].name', 'is not a known field'],
    [{ input: [{ ...user(), content: [{ type: 'image' }] }] }, 'input[0].content[0].type', 'must be "text"'],
    [{ input: [{ ...result('a'), tool_call_id: undefined }] }, 'input[0].tool_call_id', 'is required'],
    [{ input: [user(), result('a')] }, 'input[1].tool_call_id', 'is not a tool call of the message'],
    [{ input: [result('a'), user()] }, 'input[0].tool_call_id', 'is not a tool call of the message'],
    [{ input: [result('a'), result('a')] }, 'input[1].tool_call_id', 'has a result already'],
    [{ input: [assistant('', 'a', 'a')] }, 'input[0].tool_calls', 'must not name two calls alike'],
    [{ input: [assistant('One'), assistant('Two')] }, 'input', 'must hold more than messages'],
    [{ input: [user(`${long}x`)] }, 'input[0].content[0].text', 'must be at most 10 KB'],
    [{ input: `${'x'.repeat(10_000)}${'é'.repeat(200)}` }, 'input', 'must be at most 10 KB'],
    [{ input: Array.from({ length: 11 }, () => user(long)) }, 'input', 'must be at most 100 KB'],
    [{ input: Array.from({ length: 101 }, () => user()) }, 'input', 'must have at most 100 entries'],
    [
      { input: [{ ...user(), content: Array.from({ length: 11 }, () => text('a')[0]) }] },
      'input[0].content',
      'must have at most 10 entries',
    ],
    [{ model: 'gpt-4' }, 'model', 'must be of the form "platform/model"'],
    [{ model: 'openai/' }, 'model', 'must be of the form "platform/model"'],
    [{ model_settings: { temperature: -0.1 } }, 'model_settings.temperature', 'must be at least 0'],
    [{ model_settings: { max_tokens: 0 } }, 'model_settings.max_tokens', 'must be at least 1'],
    [{ model_settings: { top_p: 1.1 } }, 'model_settings.top_p', 'must be at most 1'],
    [{ model_settings: { topk: 1 } }, 'model_settings.topk', 'is not a known field'],
    [{ stream: true }, 'stream', 'must be "off" or "events" or "full"'],
    [{ store: 'yes' }, 'store', 'must be a boolean'],
    [{ disable_cache: 1 }, 'disable_cache', 'must be a boolean'],
    [{ conversation_id: '' }, 'conversation_id', 'must not be empty'],
    [{ conversation_id: 'x'.repeat(101) }, 'conversation_id', 'must be at most 100 characters'],
    [{ conversation_id: 'a\nb' }, 'conversation_id', 'must not contain control characters'],
    [{ previous_response_id: 7 }, 'previous_response_id', 'must be a string'],
    [{ background: true }, 'background', 'is not a known field'],
    [{ input: [decision] }, 'conversation_id', 'is required'],
    [{ input: [decision, user()], conversation_id: 'c' }, 'input', 'must hold messages or decisions'],
    [{ input: [decision, decision], conversation_id: 'c' }, 'input[1].tool_call_id', 'is decided twice'],
    [decides({ decision: 'maybe' }), 'input[0].decision', 'must be "accept" or'],
    [decides({ tool_call_id: '' }), 'input[0].tool_call_id', 'must not be empty'],
    [decides({ decision: 'edit' }), 'input[0].args', 'is required'],
    [decides({ decision: 'edit', args: [] }), 'input[0].args', 'must be an object'],
    [decides({ args: {} }), 'input[0].args', 'must be left out'],
    [decides({ decision: 'feedback' }), 'input[0].message', 'is required'],
    [decides({ decision: 'feedback', message: ' ' }), 'input[0].message', 'is required'],
    [decides({ reason: 'x' }), 'input[0].reason', 'is not a known field'],
  ])('%.80j', (body, param, complaint) => {
    const error = refusalOf({ input: 'Hi', ...body });
    expect(error.param).toBe(param);
    expect(error.message).toContain(complaint);
    expect(encodeError(error).status).toBe(422);
  });

  it('accepts input of exactly the largest size', () => {
    expect(created({ input: long }).request.input).toHaveLength(1);
    expect(created({ input: Array.from({ length: 10 }, () => user(long)) }).request.input).toHaveLength(10);
  });
});

it('answers any body with a request, decisions or a refusal', () => {
  const fields = [
    'input',
    'model',
    'model_settings',
    'stream',
    'store',
    'conversation_id',
    'type',
    'role',
    'content',
  ];
  fields.push('text', 'tool_calls', 'tool_call_id', 'decision', 'message', 'args', 'id', 'name', '__proto__');
  const words = [
    'message',
    'tool_decision',
    'user',
    'assistant',
    'tool',
    'text',
    'tool_call',
    'accept',
    'edit',
  ];
  const values = [
    ...words,
    'off',
    'a/b',
    '',
    null,
    true,
    0,
    1.5,
    -1,
    user(),
    assistant('', 'a'),
    result('a'),
  ];
  let accepted = 0;
  for (const body of randomBodies(11, fields, values)) {
    const inputs = Array.isArray(body) ? { input: body } : { input: 'Hi', ...(body as object) };
    for (const candidate of [body, inputs, { input: [user(), body] }]) {
      try {
        const decoded = decodeCreate(candidate, {});
        if ('decisions' in decoded) Decision.array().min(1).parse(decoded.decisions);
        else CreateResponse.parse(decoded.request);
        accepted++;
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'invalid_request')) throw error;
      }
    }
  }
  expect(accepted).toBeGreaterThan(50);
});
