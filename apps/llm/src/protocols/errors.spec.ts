import { describe, expect, it } from 'vitest';
import { isTransient, statusError, streamedError } from '../providers/errors/provider-errors.ts';

const anthropic = (type: string, message: string) =>
  JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_1' });

describe('an error status', () => {
  it.each([
    [
      400,
      anthropic('invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'),
      'context_too_long',
      false,
    ],
    [
      400,
      anthropic(
        'invalid_request_error',
        'input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again',
      ),
      'context_too_long',
      false,
    ],
    [400, anthropic('invalid_request_error', 'max_tokens: Field required'), 'model_refused', false],
    [
      400,
      anthropic('invalid_request_error', 'Your credit balance is too low to access the Anthropic API.'),
      'quota_exhausted',
      false,
    ],
    [
      400,
      anthropic(
        'invalid_request_error',
        'You have reached your specified API usage limits. You will regain access on 2027-01-01.',
      ),
      'quota_exhausted',
      false,
    ],
    [401, anthropic('authentication_error', 'invalid x-api-key'), 'model_error', false],
    [403, anthropic('permission_error', 'no access'), 'model_error', false],
    [404, anthropic('not_found_error', 'model: claude-9'), 'model_not_found', false],
    [429, anthropic('rate_limit_error', 'This request would exceed your rate limit'), 'rate_limited', true],
    [500, anthropic('api_error', 'Internal server error'), 'model_error', true],
    [504, anthropic('timeout_error', 'Timed out'), 'model_error', true],
    [529, anthropic('overloaded_error', 'Overloaded'), 'model_overloaded', true],
    [400, '{"message":"The provided model identifier is invalid."}', 'model_not_found', false],
    [
      403,
      '{"message":"You don\'t have access to the model with the specified model ID."}',
      'model_not_found',
      false,
    ],
    [403, '{"message":"The security token included in the request is invalid."}', 'model_error', false],
    [429, '{"message":"Too many tokens, please wait before trying again."}', 'rate_limited', true],
    [503, '{"message":"Bedrock is unable to process your request."}', 'model_overloaded', true],
    [424, '{"message":"The model failed","originalStatusCode":500}', 'model_error', true],
  ])('%s with %s is %s', (status, body, code, transient) => {
    const error = statusError('Somewhere', status, new Headers(), body);
    expect(error.code).toBe(code);
    expect(isTransient(error)).toBe(transient);
  });
});

describe('an exception within a stream of Bedrock', () => {
  it.each([
    ['throttlingException', 'Too many requests, please wait', 'rate_limited', true],
    ['throttlingException', 'Too many tokens, please wait before trying again.', 'rate_limited', true],
    ['serviceUnavailableException', 'try again', 'model_overloaded', true],
    ['internalServerException', 'unexpected', 'model_error', true],
    ['modelStreamErrorException', 'the model failed', 'model_error', true],
    ['modelTimeoutException', 'too slow', 'model_error', true],
    ['validationException', 'Input is too long for requested model.', 'context_too_long', false],
    ['validationException', 'a field is missing', 'model_refused', false],
  ])('%s "%s" is %s', (type, message, code, transient) => {
    const error = streamedError('Somewhere', { __type: type, message });
    expect(error.code).toBe(code);
    expect(isTransient(error)).toBe(transient);
  });
});
