import { describe, expect, it } from 'vitest';
import { isTransient, providerError, streamedError } from './provider-errors.ts';

const openAiShape = (message: string, more: object = {}) => ({ error: { message, ...more } });

describe('an error of a provider', () => {
  it.each<
    [
      what: string,
      status: number | undefined,
      body: unknown,
      code: string,
      transient: boolean,
      message: string | RegExp,
    ]
  >([
    [
      'an empty account',
      429,
      openAiShape('You exceeded your current quota, please check your plan and billing details.', {
        type: 'insufficient_quota',
        code: 'insufficient_quota',
      }),
      'quota_exhausted',
      false,
      "The account of this server's operator at the provider Test has no credit or quota left",
    ],
    ['an unpaid account', 402, openAiShape('Insufficient Balance'), 'quota_exhausted', false, /operator/],
    [
      'a low balance',
      400,
      openAiShape('Your credit balance is too low to access the API.'),
      'quota_exhausted',
      false,
      /operator/,
    ],
    [
      'a suspended account',
      429,
      openAiShape('Your account org-1 is suspended, please check your plan', {
        type: 'exceeded_current_quota_error',
      }),
      'quota_exhausted',
      false,
      /operator/,
    ],
    [
      'a limit a minute in the words of Google',
      429,
      [
        {
          error: {
            code: 429,
            status: 'RESOURCE_EXHAUSTED',
            message: 'You exceeded your current quota.',
            details: [{ '@type': 'RetryInfo', retryDelay: '34.4s' }],
          },
        },
      ],
      'rate_limited',
      true,
      /rate limiting/,
    ],
    [
      'moderation',
      403,
      openAiShape('openai/gpt-5 requires moderation. Your input was flagged for "violence".', {
        code: 403,
        metadata: { reasons: ['violence'] },
      }),
      'model_refused',
      false,
      /flagged/,
    ],
    [
      'moderation by a filter',
      400,
      openAiShape('The response was filtered', {
        code: 'content_filter',
        innererror: { code: 'ResponsibleAIPolicyViolation' },
      }),
      'model_refused',
      false,
      'The response was filtered',
    ],
    [
      'moderation by guidelines',
      403,
      { code: 'The caller does not have permission', error: 'Content violates usage guidelines.' },
      'model_refused',
      false,
      'Content violates usage guidelines.',
    ],
    [
      'wrong credentials',
      401,
      openAiShape('Incorrect API key: sk-operator'),
      'model_error',
      false,
      "The provider Test did not accept this server's credentials",
    ],
    ['missing rights', 403, openAiShape('Forbidden'), 'model_error', false, /credentials/],
    [
      'a wrong key (Gemini)',
      400,
      {
        error: {
          code: 400,
          message: 'API key not valid. Please pass a valid API key.',
          status: 'INVALID_ARGUMENT',
        },
      },
      'model_error',
      false,
      "The provider Test did not accept this server's credentials",
    ],
    [
      'no such model (Gemini)',
      404,
      {
        error: {
          code: 404,
          message: 'models/gemini-9 is not found for API version v1beta.',
          status: 'NOT_FOUND',
        },
      },
      'model_not_found',
      false,
      'models/gemini-9 is not found for API version v1beta.',
    ],
    [
      'no such model (OpenAI)',
      404,
      openAiShape('The model `gpt-9` does not exist or you do not have access to it.', {
        code: 'model_not_found',
      }),
      'model_not_found',
      false,
      /gpt-9/,
    ],
    [
      'no such model (Ollama)',
      404,
      { error: 'model "x" not found, try pulling it first' },
      'model_not_found',
      false,
      /pulling/,
    ],
    [
      'no such model (DeepSeek)',
      400,
      openAiShape('Model Not Exist'),
      'model_not_found',
      false,
      'Model Not Exist',
    ],
    [
      'no such model (Mistral)',
      400,
      { object: 'error', message: 'Invalid model: mistral-x', type: 'invalid_model', code: '1500' },
      'model_not_found',
      false,
      /mistral-x/,
    ],
    [
      'no such model (Anthropic)',
      404,
      { type: 'error', error: { type: 'not_found_error', message: 'model: claude-9' } },
      'model_not_found',
      false,
      'model: claude-9',
    ],
    [
      'no such model (LiteLLM)',
      400,
      openAiShape('Invalid model name passed in model=x. Call `/v1/models` to view available models'),
      'model_not_found',
      false,
      /model=x/,
    ],
    [
      'no such model (Azure)',
      404,
      openAiShape('The API deployment for this resource does not exist.', { code: 'DeploymentNotFound' }),
      'model_not_found',
      false,
      /deployment/,
    ],
    [
      "the model's own failed call",
      400,
      openAiShape("Failed to call a function. Please adjust your prompt. See 'failed_generation'.", {
        code: 'tool_use_failed',
        failed_generation: '<function=x',
      }),
      'model_error',
      true,
      /tool call that cannot be read/,
    ],
    ['a wrong base URL (FastAPI)', 404, { detail: 'Not Found' }, 'model_error', false, /OPENAI_BASE_URL/],
    ['a wrong base URL (Go)', 404, '404 page not found', 'model_error', false, /OPENAI_BASE_URL/],
    [
      'a wrong base URL (Groq)',
      404,
      openAiShape('Unknown request URL: POST /chat/completions. Please check the URL for typos', {
        code: 'unknown_url',
      }),
      'model_error',
      false,
      /OPENAI_BASE_URL/,
    ],
    [
      'a wrong base URL (a page)',
      404,
      '<html><head><title>404 Not Found</title></head></html>',
      'model_error',
      false,
      /OPENAI_BASE_URL/,
    ],
    [
      'a wrong base URL (LM Studio)',
      undefined,
      { error: 'Unexpected endpoint or method. (POST /chat/completions)' },
      'model_error',
      false,
      /OPENAI_BASE_URL/,
    ],
    ['a redirect', 308, '', 'model_error', false, /OPENAI_BASE_URL/],
    [
      'another 404',
      404,
      openAiShape('No endpoints found that support tool use.'),
      'model_refused',
      false,
      /tool use/,
    ],
    [
      'a request that took too long',
      408,
      openAiShape('Request timed out'),
      'model_error',
      true,
      'The provider Test failed with status 408: Request timed out',
    ],
    ['a conflict', 409, '', 'model_error', true, 'The provider Test failed with status 409'],
    [
      'an overload',
      529,
      openAiShape('Overloaded', { type: 'overloaded_error' }),
      'model_overloaded',
      true,
      /overloaded/,
    ],
    [
      'a fault',
      500,
      openAiShape('CUDA out of memory'),
      'model_error',
      true,
      'The provider Test failed with status 500: CUDA out of memory',
    ],
    [
      'a gateway without its server',
      502,
      '<html><title>502 Bad Gateway</title></html>',
      'model_error',
      true,
      'The provider Test failed with status 502: 502 Bad Gateway',
    ],
    ['an unusual status', 451, 'Not here', 'model_refused', false, 'Not here'],
  ])('is %s', (_what, status, body, code, transient, message) => {
    const error = providerError('Test', { ...(status !== undefined && { status }), body });
    expect(error).toMatchObject({
      code,
      message: typeof message === 'string' ? message : (expect.stringMatching(message) as string),
    });
    expect(isTransient(error)).toBe(transient);
  });

  it.each([
    [{ error: { type: 'rate_limit_error', message: 'slow' } }, 'rate_limited', true],
    [{ error: { type: 'overloaded_error', message: 'busy' } }, 'model_overloaded', true],
    [{ error: { type: 'server_error', message: 'oops' } }, 'model_error', true],
    [{ error: { type: 'invalid_request_error', message: 'bad' } }, 'model_refused', false],
    [{ error: { code: 402, message: 'pay' } }, 'quota_exhausted', false],
    [{ object: 'error', message: 'oops', code: 500 }, 'model_error', true],
    [{ finish_reason: 'error', delta: {} }, 'model_error', true],
  ])('within an answer is classed as its status would be: %j', (event, code, transient) => {
    const error = streamedError('Test', event);
    expect(error.code).toBe(code);
    expect(isTransient(error)).toBe(transient);
  });

  it("has OpenAI's code, which clients handle", () => {
    expect(providerError('Test', { status: 402, body: '' }).reason).toBe('insufficient_quota');
    expect(providerError('Test', { status: 529, body: '' }).reason).toBe('server_is_overloaded');
    expect(providerError('Test', { status: 500, body: '' }).reason).toBeUndefined();
  });

  it.each([
    [429, { 'retry-after': '7' }, {}, 7_000],
    [503, { 'retry-after': '7' }, {}, 7_000],
    [529, { 'retry-after-ms': '250' }, {}, 250],
    [429, {}, [{ error: { code: 429, details: [{ retryDelay: '34.4s' }] } }], 34_400],
    [400, { 'retry-after': '7' }, {}, undefined],
  ])('says with %i when to retry', (status, headers, body, retryAfterMs) => {
    expect(providerError('Test', { status, headers: new Headers(headers), body }).retryAfterMs).toBe(
      retryAfterMs,
    );
  });
});
