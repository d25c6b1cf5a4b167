/** An error in the shape of OpenAI. */
export const openAiShape = (message: string, more: object = {}) => ({ error: { message, ...more } });

/** The errors of a context that is too long, as quoted in its documentation, its source or by users. */
export const overflows: [server: string, status: number, body: unknown][] = [
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
];
