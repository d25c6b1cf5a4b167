import { openAiShape, type overflows } from './overflows.ts';

/** Further wordings of the same servers: of older and newer versions, of single models, and within their own APIs. */
export const otherWordings: typeof overflows = [
  [
    'Cerebras',
    400,
    {
      message:
        'Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192',
      type: 'invalid_request_error',
      param: 'messages',
      code: 'context_length_exceeded',
    },
  ],
  [
    'Azure OpenAI',
    400,
    openAiShape(
      "This model's maximum context length is 16385 tokens. However, you requested 20000 tokens (19000 in the messages, 1000 in the completion).",
      { code: 'context_length_exceeded', param: 'messages' },
    ),
  ],
  [
    'OpenAI Responses, as a failed response',
    400,
    {
      error: {
        code: 'context_length_exceeded',
        message:
          'Your input exceeds the context window of this model. Please adjust your input and try again.',
      },
    },
  ],
  ['Ollama, in its own API', 400, { error: 'the input length exceeds the context length' }],
  [
    'Ollama, newer',
    400,
    { error: 'input length (9000 tokens) exceeds the maximum context length (8192 tokens)' },
  ],
  [
    'Bedrock, of the model',
    400,
    { message: 'The model returned the following errors: Input is too long for requested model.' },
  ],
  [
    'Bedrock, Claude',
    400,
    {
      message: 'The model returned the following errors: prompt is too long: 205000 tokens > 200000 maximum',
    },
  ],
  [
    'Bedrock, Nova',
    400,
    {
      message:
        'Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.',
    },
  ],
  [
    'Bedrock, Llama',
    400,
    {
      message: "This model's maximum context length is 131072 tokens. Please reduce the length of the prompt",
    },
  ],
  [
    'Bedrock, within a stream',
    400,
    { __type: 'validationException', message: 'Input is too long for requested model.' },
  ],
  [
    'Bedrock, another model',
    400,
    {
      message:
        'Malformed input request: expected maxLength: 2048, too many input tokens. Max input tokens: 8192, request input token count: 9000',
    },
  ],
  [
    'Gemini, in its own API',
    400,
    {
      error: {
        code: 400,
        message: 'The input token count exceeds the maximum number of tokens allowed 1048576.',
        status: 'INVALID_ARGUMENT',
      },
    },
  ],
  [
    'Vertex, newer',
    400,
    {
      error: {
        code: 400,
        message:
          'Unable to submit request because the input token count is 1100000 but the model only supports up to 1048576. Reduce the input token count and try again.',
        status: 'INVALID_ARGUMENT',
      },
    },
  ],
  [
    'vLLM, by its parts',
    400,
    openAiShape(
      "You passed 5000 input tokens and requested 100 output tokens. However, the model's context length is only 4096 tokens, resulting in a maximum input length of 3996 tokens. Please reduce the length of the input prompt.",
      { code: 400 },
    ),
  ],
  [
    'SGLang, with the answer',
    400,
    {
      object: 'error',
      message:
        "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 5096 tokens: 4096 tokens from the input messages and 1000 tokens for the completion.",
      code: 400,
    },
  ],
  [
    'llama.cpp, older',
    400,
    openAiShape(
      'the request exceeds the available context size. try increasing the context size or enable context shift',
      {
        code: 400,
        type: 'invalid_request_error',
      },
    ),
  ],
  ['llama.cpp, oldest', 500, openAiShape('context size exceeded', { code: 500 })],
  [
    'Hugging Face, with the answer',
    422,
    {
      error:
        'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 1000 `max_new_tokens`',
      error_type: 'validation',
    },
  ],
  [
    'Mistral, newer',
    400,
    {
      object: 'error',
      message: {
        detail: [
          { msg: 'Prompt contains 140000 tokens, too large for model with 131072 maximum context length' },
        ],
      },
      type: 'invalid_request_error',
      code: 3051,
    },
  ],
  [
    'xAI, newer',
    400,
    {
      code: 'Client specified an invalid argument',
      error: "This model's maximum prompt length is 256000 but the request contains 300000 tokens.",
    },
  ],
  [
    'Cohere, newer',
    400,
    {
      message:
        'too many tokens: total number of tokens in the prompt cannot exceed 128000 - received 140000. Try using a shorter prompt.',
    },
  ],
  [
    'Together, newer',
    400,
    openAiShape(
      "This model's maximum context length is 131073 tokens. However, you requested 140000 tokens",
      {
        type: 'invalid_request_error',
      },
    ),
  ],
  [
    'Fireworks, with the answer',
    400,
    {
      error: {
        object: 'error',
        type: 'invalid_request_error',
        message: 'The prompt is too long: 140000, model maximum context length: 131071',
      },
    },
  ],
  [
    'LM Studio, newest',
    400,
    {
      error:
        'The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 5028>= n_ctx: 4096). Try to load the model with a larger context length, or provide a shorter input.',
    },
  ],
  [
    'DeepSeek, newer',
    400,
    openAiShape(
      "This model's maximum context length is 131072 tokens. However, you requested 140001 tokens (132001 in the messages, 8000 in the completion). Please reduce the length of the messages or completion.",
      { type: 'invalid_request_error', param: null, code: 'invalid_request_error' },
    ),
  ],
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
