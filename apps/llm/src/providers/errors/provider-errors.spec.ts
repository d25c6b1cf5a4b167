import { describe, expect, it } from 'vitest';
import { isTransient, providerError, streamedError } from './provider-errors.ts';

const openAiShape = (message: string, more: object = {}) => ({ error: { message, ...more } });

/** The overflow errors of each server, as quoted in its documentation, its source or by users. */
const overflows: [server: string, status: number, body: unknown][] = [
  [
    'OpenAI',
    400,
    openAiShape(
      "This model's maximum context length is 128000 tokens. However, your messages resulted in 150012 tokens.",
      {
        type: 'invalid_request_error',
        code: 'context_length_exceeded',
      },
    ),
  ],
  ['OpenAI, newer models', 400, openAiShape('Your input exceeds the context window of this model.')],
  [
    'OpenAI, more than all tokens of a minute',
    429,
    openAiShape(
      'Request too large for gpt-4o in organization org-AbCdEfGhIj on tokens per min (TPM): Limit 30000, Requested 41000.',
      {
        code: 'rate_limit_exceeded',
      },
    ),
  ],
  [
    'vLLM',
    400,
    {
      object: 'error',
      message:
        "This model's maximum context length is 4096 tokens. However, you requested 5010 tokens (4910 in the messages, 100 in the completion).",
      type: 'BadRequestError',
      param: null,
      code: 400,
    },
  ],
  [
    'vLLM, newer',
    400,
    openAiShape('The decoder prompt (length 5000) is longer than the maximum model length of 4096.', {
      code: 400,
    }),
  ],
  [
    'vLLM, room for the answer',
    400,
    openAiShape(
      "'max_tokens' is too large: 2000. This model's maximum context length is 4096 tokens and your request has 2104 input tokens",
    ),
  ],
  [
    'SGLang',
    400,
    {
      object: 'error',
      message: "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
      code: 400,
    },
  ],
  [
    'SGLang, by the allowed length',
    400,
    { message: 'Input length (5000 tokens) exceeds the maximum allowed length (4091 tokens).' },
  ],
  [
    'llama.cpp',
    400,
    openAiShape('request (5210 tokens) exceeds the available context size (4096 tokens), try increasing it', {
      code: 400,
      type: 'exceed_context_size_error',
      n_prompt_tokens: 5210,
      n_ctx: 4096,
    }),
  ],
  [
    'LM Studio',
    400,
    {
      error:
        'Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.',
    },
  ],
  [
    'LM Studio, older',
    400,
    {
      error:
        'The number of tokens to keep from the initial prompt is greater than the context length. Try to load the model with a larger context length.',
    },
  ],
  [
    'llama.cpp, while it answers',
    500,
    { error: { code: 500, message: 'Context size has been exceeded.', type: 'server_error' } },
  ],
  [
    'Hugging Face',
    422,
    {
      error: 'Input validation error: `inputs` must have less than 4096 tokens. Given: 5120',
      error_type: 'validation',
    },
  ],
  ['Snowflake', 400, { message: 'max tokens of 8192 exceeded', request_id: 'r' }],
  ['LM Studio, newer', 400, { error: 'Cannot truncate prompt with n_keep (5028) >= n_ctx (4096)' }],
  [
    'Ollama',
    400,
    { error: { message: 'the input length exceeds the context length', type: 'invalid_request_error' } },
  ],
  ['Ollama, hosted', 400, { error: 'prompt too long; exceeded max context length by 1204 tokens' }],
  [
    'DeepSeek',
    400,
    openAiShape(
      "This model's maximum context length is 131072 tokens. However, you requested 140001 tokens",
      { type: 'invalid_request_error', code: 'invalid_request_error' },
    ),
  ],
  [
    'OpenRouter',
    400,
    openAiShape(
      "This endpoint's maximum context length is 131072 tokens. However, you requested about 140000 tokens (139000 of text input, 1000 in the output).",
      { code: 400 },
    ),
  ],
  [
    'OpenRouter, quoting its upstream',
    400,
    openAiShape('Provider returned error', {
      code: 400,
      metadata: {
        provider_name: 'Anthropic',
        raw: '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}',
      },
    }),
  ],
  [
    'Perplexity',
    400,
    openAiShape("User's prompt exceeds context length 127072", { type: 'bad_request', code: 400 }),
  ],
  [
    'Anthropic',
    400,
    {
      type: 'error',
      error: { type: 'invalid_request_error', message: 'prompt is too long: 210000 tokens > 200000 maximum' },
    },
  ],
  [
    'Anthropic, with the answer',
    400,
    openAiShape('input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000'),
  ],
  ['Bedrock', 400, { message: 'Input is too long for requested model.' }],
  [
    'Gemini',
    400,
    [
      {
        error: {
          code: 400,
          message: 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
          status: 'INVALID_ARGUMENT',
        },
      },
    ],
  ],
  [
    'Vertex',
    400,
    [
      {
        error: {
          code: 400,
          message:
            'Unable to submit request because the input token count is 1100000 but model only supports up to 1048576.',
        },
      },
    ],
  ],
  [
    'LiteLLM',
    400,
    openAiShape(
      'litellm.BadRequestError: litellm.ContextWindowExceededError: ContextWindowExceededError: OpenAIException',
      { type: null, param: null, code: '400' },
    ),
  ],
  [
    'Groq',
    400,
    openAiShape('Please reduce the length of the messages or completion.', {
      code: 'context_length_exceeded',
    }),
  ],
  [
    'Groq, more than all tokens of a minute',
    413,
    openAiShape(
      'Request too large for model `llama-3` in organization `org_01abc` on tokens per minute (TPM): Limit 6000, Requested 7100',
      { code: 'rate_limit_exceeded' },
    ),
  ],
  [
    'Mistral',
    400,
    {
      object: 'error',
      message:
        'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
      type: 'invalid_request_prompt_too_long',
      code: '3051',
    },
  ],
  [
    'Together',
    422,
    openAiShape(
      'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: 5000 `inputs` tokens',
      { type: 'invalid_request_error' },
    ),
  ],
  [
    'Cohere',
    400,
    { message: 'too many tokens: size limit exceeded by 11000 tokens. Try using shorter or fewer inputs.' },
  ],
  [
    'xAI',
    400,
    {
      code: 'Client specified an invalid argument',
      error: "This model's maximum prompt length is 131072 but the request contains 150000 tokens.",
    },
  ],
  [
    'Moonshot',
    400,
    openAiShape('Invalid request: Your request exceeded model token limit: 131072 (requested: 140000)', {
      type: 'invalid_request_error',
    }),
  ],
  ['MiniMax', 400, openAiShape('invalid params, context window exceeds limit (2013)')],
  ['Z.ai', 400, openAiShape('Prompt exceeds max length', { code: '1261' })],
  [
    'Qwen',
    400,
    openAiShape('Range of input length should be [1, 129024]', { code: 'invalid_parameter_error' }),
  ],
  [
    'Copilot',
    400,
    openAiShape('prompt token count of 150000 exceeds the limit of 128000', {
      code: 'model_max_prompt_tokens_exceeded',
    }),
  ],
  ['Fireworks', 400, openAiShape('The prompt is too long: 140000, model maximum context length: 131071')],
  [
    'watsonx',
    400,
    {
      errors: [
        {
          code: 'invalid_input_argument',
          message: 'the number of input tokens 9000 cannot exceed the total tokens limit 8192 for this model',
        },
      ],
    },
  ],
];

describe('a context that is too long for the model', () => {
  it.each(overflows)('is recognized in the words of %s', (_server, status, body) => {
    for (const form of [body, JSON.stringify(body)]) {
      const error = providerError('Test', { status, body: form });
      expect(error).toMatchObject({ code: 'context_too_long' });
      expect(isTransient(error)).toBe(false);
    }
    expect(providerError('Test', { body })).toMatchObject({ code: 'context_too_long' });
  });

  it.each([
    [
      429,
      openAiShape(
        'Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000.',
      ),
      'rate_limited',
    ],
    [
      429,
      openAiShape(
        "This request would exceed your organization's rate limit of 40,000 input tokens per minute",
      ),
      'rate_limited',
    ],
    [
      400,
      openAiShape('max_tokens is too large: 200000. This model supports at most 16384 completion tokens'),
      'model_refused',
    ],
    [
      400,
      openAiShape("Invalid 'prompt_cache_key': string too long. Expected a string with maximum length 64"),
      'model_refused',
    ],
    [400, openAiShape('too long'), 'model_refused'],
  ])('is not what %i %j says', (status, body, code) => {
    expect(providerError('Test', { status, body }).code).toBe(code);
  });
});

describe('the sentence of a provider', () => {
  it.each([
    ['OpenAI', openAiShape('Bad value'), 'Bad value'],
    ['a text', { error: 'Bad value' }, 'Bad value'],
    ['no JSON', 'Bad value', 'Bad value'],
    ['an old vLLM', { object: 'error', message: 'Bad value', code: 400 }, 'Bad value'],
    [
      'FastAPI',
      { detail: [{ type: 'missing', loc: ['body', 'messages', 0, 'content'], msg: 'Field required' }] },
      'body.messages.0.content: Field required',
    ],
    ['FastAPI, in short', { detail: 'Bad value' }, 'Bad value'],
    [
      'Mistral',
      {
        object: 'error',
        message: {
          detail: [
            {
              type: 'extra_forbidden',
              loc: ['body', 'stream_options'],
              msg: 'Extra inputs are not permitted',
            },
            { type: 'extra_forbidden', loc: ['body', 'user'], msg: 'Extra inputs are not permitted' },
          ],
        },
        type: 'invalid_request_error',
      },
      'body.stream_options: Extra inputs are not permitted; body.user: Extra inputs are not permitted',
    ],
    ['Gemini', [{ error: { code: 400, message: 'Bad value', status: 'INVALID_ARGUMENT' } }], 'Bad value'],
    ['OpenRouter', openAiShape('Provider returned error', { metadata: { raw: 'Bad value' } }), 'Bad value'],
    ['JSON within JSON', { message: '{"message": "Bad value"}' }, 'Bad value'],
    ['Cloudflare', { errors: [{ code: 5006, message: 'Bad value' }], success: false }, 'Bad value'],
    [
      'a page',
      '<!DOCTYPE html><html><head><title>400 Bad Request</title></head><body>nginx</body></html>',
      '400 Bad Request',
    ],
    ['an event', 'data: {"error":{"message":"Bad value"}}', 'Bad value'],
  ])('is found in the shape of %s', (_shape, body, sentence) => {
    expect(providerError('Test', { status: 400, body })).toMatchObject({
      code: 'model_refused',
      message: sentence,
    });
    if (typeof body !== 'string')
      expect(providerError('Test', { status: 400, body: JSON.stringify(body) }).message).toBe(sentence);
  });

  it('is bounded, and a body without one gets our own', () => {
    expect(providerError('Test', { status: 400, body: 'x'.repeat(9_000) }).message.length).toBeLessThan(600);
    expect(providerError('Test', { status: 400, body: 'a\n\u0000b' }).message).toBe('a b');
    expect(providerError('Test', { status: 400, body: '' }).message).toBe(
      'The provider Test refused the request (400)',
    );
    expect(providerError('Test', { status: 500, body: {} }).message).toBe(
      'The provider Test failed with status 500',
    );
  });

  it.each([
    [
      'Incorrect API key provided: sk-proj-abc123****wxyz. See https://platform.openai.com/docs',
      'Incorrect API key provided: [removed]. See https://platform.openai.com/docs',
    ],
    [
      'Rate limit reached in organization org-Ab12Cd34Ef56Gh78 on requests',
      'Rate limit reached in organization [removed] on requests',
    ],
    ['Limit for organization `org_01hzk3v9q2e8x` reached', 'Limit for organization `[removed]` reached'],
    ['Project proj_Ab12Cd34Ef has no access to gpt-5', 'Project [removed] has no access to gpt-5'],
    ['The team 3f0c9a52-1111-4222-8333-0123456789ab has no access', 'The team [removed] has no access'],
    ['bad header Bearer abcdef0123456789', 'bad header [removed]'],
    ['Cannot connect to http://vllm-0.models.svc.cluster.local:8000/v1/chat', 'Cannot connect to [removed]'],
    ['Cannot connect to host 10.0.3.17:8000 ssl:default', 'Cannot connect to host [removed] ssl:default'],
    ['dial tcp [fd00::1:2:3:4]:8000: connection refused', 'dial tcp [removed]: connection refused'],
    ['upstream http://ollama:11434 is away', 'upstream [removed] is away'],
    ['connection to db01:5432 refused', 'connection to [removed] refused'],
    ['File "/usr/local/lib/python3.11/site-packages/vllm/engine.py" failed', 'File "[removed]" failed'],
    [
      'Model llama-3.1-70b-instruct-turbo has a limit of 131072 tokens: 16384 for output',
      'Model llama-3.1-70b-instruct-turbo has a limit of 131072 tokens: 16384 for output',
    ],
    ['No output for call_AbCdEf0123456789AbCdEf01', 'No output for call_AbCdEf0123456789AbCdEf01'],
    ['boom\nTraceback (most recent call last):\n  File "x.py", line 3\nValueError: no', 'boom'],
    ['TypeError: no\n    at handler (/app/server.js:1:1)', 'TypeError: no'],
  ])('is cleaned: %s', (said, sentence) => {
    expect(providerError('Test', { status: 400, body: openAiShape(said) }).message).toBe(sentence);
  });
});

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
