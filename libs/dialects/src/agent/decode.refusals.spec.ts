import { AppError, CreateResponse, Decision } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { randomBodies } from '../testing/random-json.ts';
import { decodeCreate } from './decode.ts';
import { encodeError } from './errors.ts';
import { assistant, created, refusalOf, result, statusOf, text, user } from '../testing/agent-requests.ts';

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
    [{ background: 'true' }, 'background', 'must be a boolean'],
    [{ background: true, store: false }, 'store', 'background mode requires store=true'],
    [{ metadata: {} }, 'metadata', 'is not a known field'],
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
