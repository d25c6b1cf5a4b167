import { AppError, CreateResponse } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { randomBodies } from '../testing/random-json.ts';
import { decodeCreate } from './decode.ts';

function refusalOf(body: unknown): AppError {
  try {
    decodeCreate(body);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the body was accepted');
}

describe('refuses, and names the field', () => {
  it.each([
    [{ model: undefined }, 'model is required'],
    [{ model: 7 }, 'model must be a string, got 7'],
    [{ model: '' }, 'model must not be empty'],
    [{ model: 'a\u0000b' }, 'model must not contain control characters'],
    [{ model: 'x'.repeat(257) }, 'model must be at most 256 characters long'],
    [{ input: null }, 'input must be a string, a message or an array of messages'],
    [{ input: 3 }, 'input must be a string, a message or an array of messages'],
    [{ input: '' }, 'input must not be empty'],
    [{ input: [] }, 'input must not be empty'],
    [{ input: ['Hi'] }, 'input[0] must be a JSON object, got a string'],
    [{ input: {} }, 'input.role is required'],
    [{ input: [{ role: 'boss', content: 'Hi' }] }, /^input\[0\]\.role must be "user" or .*, got "boss"$/],
    [{ input: [{ role: 'user' }] }, 'input[0].content must be a string or an array of content parts'],
    [{ input: [{ role: 'user', content: [{ type: 'text' }] }] }, 'input[0].content[0].text is required'],
    [
      { input: [{ role: 'user', content: [{ type: 'video' }] }] },
      /^input\[0\]\.content\[0\]\.type "video" is not supp/,
    ],
    [{ input: [{ role: 'tool', content: 'x' }] }, 'input[0].tool_call_id is required'],
    [{ system_prompt: ['x'] }, 'system_prompt must be a string, got an array'],
    [{ temperature: 'hot' }, 'temperature must be a number, got a string'],
    [{ temperature: 3 }, 'temperature must be at most 2, got 3'],
    [{ temperature: -1 }, 'temperature must be at least 0, got -1'],
    [{ max_tokens: 0 }, 'max_tokens must be at least 1, got 0'],
    [{ max_tokens: 1.5 }, 'max_tokens must be a whole number, got 1.5'],
    [{ max_tokens: '800' }, 'max_tokens must be a number, got a string'],
    [{ stream: 'true' }, 'stream must be a boolean, got a string'],
    [{ background: 1 }, 'background must be a boolean, got 1'],
    [{ store: 'no' }, 'store must be a boolean, got a string'],
    [{ background: true, store: false }, 'store is false, but background mode requires store=true'],
    [{ metadata: [] }, 'metadata must be an object'],
    [{ metadata: { max_depth: 16 } }, 'metadata.max_depth must be at most 15, got 16'],
    [{ metadata: { max_depth: 0 } }, 'metadata.max_depth must be at least 1, got 0'],
    [{ metadata: { max_depth: '3' } }, 'metadata.max_depth must be a number, got a string'],
    [{ metadata: { webhook_url: 7 } }, 'metadata.webhook_url must be a string, got 7'],
    [{ metadata: { webhook_url: 'ftp://x' } }, 'metadata.webhook_url must be an http or https URL'],
    [{ metadata: { webhook_url: 'http://' } }, 'metadata.webhook_url must be an http or https URL'],
    [
      { metadata: { webhook_url: `https://a.b/${'x'.repeat(2048)}` } },
      'metadata.webhook_url must be at most 2048 characters long',
    ],
    [{ tools: 'google_search' }, 'tools must be an array, got a string'],
    [{ tools: [7] }, 'tools[0] must be a JSON object, got 7'],
    [{ tools: [{}] }, 'tools[0].type is required'],
    [{ tools: [{ type: 'function', function: {} }] }, 'tools[0].function.name is required'],
    [
      { tools: [{ type: 'function', function: { name: 'a b' } }] },
      /^tools\[0\]\.function\.name must be 1 to 64 letters/,
    ],
    [{ tool_choice: 'sometimes' }, /^tool_choice must be "auto", "none", "required" or/],
    [
      { tool_choice: { type: 'function', name: 'x' }, tools: [] },
      'tool_choice names "x", which is not in tools',
    ],
    [{ previous_response_id: 7 }, 'previous_response_id must be a string, got 7'],
    [{ conversation: 7 }, 'conversation must be a conversation id or an object with an "id"'],
    [{ conversation: 'conv_1', previous_response_id: 'resp_1' }, /^conversation cannot be given together/],
    [{ user: {} }, 'user must be a string, got an object'],
  ])('%j', (changes, message) => {
    const error = refusalOf({ model: 'jan-v2-30b', input: 'Hi', ...changes });
    expect(error.code).toBe('invalid_request');
    expect(error.message).toMatch(message);
    expect(message instanceof RegExp || error.message === message).toBe(true);
    expect(error.message.startsWith(error.param ?? '?')).toBe(true);
  });

  it.each([[null], ['text'], [7], [[]], [undefined]])('the body %j', (body) => {
    expect(refusalOf(body).message).toMatch(/^The request body (must be a JSON object|is required)/);
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
      'max_depth',
      'webhook_url',
      'conversation',
      'id',
      'stream',
      'temperature',
      '__proto__',
      'tool_calls',
    ],
    ...['image_url', 'url', 'file', 'input_audio', 'tool_call_id', 'constructor'],
  ];
  const words = [
    'user',
    'tool',
    'assistant',
    'function',
    'text',
    'image_url',
    'file',
    'x',
    '',
    null,
    true,
    0,
    1.5,
    -1,
  ];
  let accepted = 0;
  for (const body of randomBodies(7, fields, words)) {
    const whole =
      typeof body === 'object' && !Array.isArray(body) ? { model: 'm', input: 'Hi', ...body } : body;
    for (const candidate of [body, whole]) {
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
