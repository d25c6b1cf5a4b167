import {
  type DroppableField,
  type EffortWords,
  ImageField,
  type ModelRule,
  type QuirkChanges,
} from '../protocols/quirks/provider-quirks.ts';

/** A row of the table. */
export interface ProviderPreset {
  /** The name in error messages. */
  title: string;
  /** The hosts of its base URLs: a host name, or `*` and a suffix. */
  hosts: readonly string[];
  /** The id of its prices in `@pydantic/genai-prices`. */
  prices?: string;
  quirks?: QuirkChanges;
  /** Quirks of single models. */
  models?: readonly ModelRule[];
}

/** Fields that only OpenAI has; strict servers refuse them as unknown. */
const openAiOnly: DroppableField[] = [
  'store',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'service_tier',
  'verbosity',
];

const noEfforts: EffortWords = {
  none: null,
  minimal: null,
  low: null,
  medium: null,
  high: null,
  xhigh: null,
  max: null,
};
const lowToHigh: EffortWords = { minimal: 'low', xhigh: 'high', max: 'high' };
const onlyHigh: EffortWords = {
  minimal: 'high',
  low: 'high',
  medium: 'high',
  xhigh: 'high',
  max: 'high',
};

/** OpenAI's models have custom tools from GPT-5 on. */
const customToolModels: readonly ModelRule[] = [
  { names: /^gpt-(?:[5-9]|\d\d)(?![\d])/, quirks: { custom_tools: true } },
];
/** GPT image models refuse `response_format`: they send bytes anyway. */
const gptImages = {
  image_bytes: 'none',
  image_fields: ImageField.options,
} satisfies QuirkChanges;
const noImages = { images: false } satisfies QuirkChanges;

/** OpenAI's own API, also at Azure. */
const ofOpenai: ProviderPreset['quirks'] = {
  ...gptImages,
  max_tokens_field: 'max_completion_tokens',
  system_messages: 'keep',
  developer_messages: 'keep',
  reasoning_sent_back: 'none',
  tool_call_ids: 'forty',
};

/**
 * The providers' differences from OpenAI's chat completions, by their documentation and their refusals. A new provider is a row; the specs test
 * rows against servers that refuse what the real ones refuse.
 */
export const providerTable: Readonly<Record<string, ProviderPreset>> = {
  openai: {
    title: 'OpenAI',
    hosts: ['api.openai.com', '*.api.openai.com'],
    prices: 'openai',
    quirks: ofOpenai,
    models: customToolModels,
  },
  azure: {
    title: 'Azure OpenAI',
    hosts: ['*.openai.azure.com', '*.cognitiveservices.azure.com'],
    prices: 'azure',
    // A deployment's name does not reveal its model; all current models of OpenAI accept the newer field.
    quirks: ofOpenai,
    models: customToolModels,
  },
  litellm: {
    title: 'LiteLLM',
    // A proxy without a fixed host: selected by `preset=litellm`.
    hosts: [],
    quirks: { system_messages: 'keep' },
  },
  openrouter: {
    title: 'OpenRouter',
    hosts: ['openrouter.ai'],
    prices: 'openrouter',
    quirks: { ...noImages, file_links: 'pass', efforts: { max: 'xhigh' } },
  },
  snowflake: {
    title: 'Snowflake',
    hosts: ['*.snowflakecomputing.com'],
    quirks: { ...noImages, max_tokens_field: 'max_completion_tokens', drop_fields: openAiOnly },
  },
  anthropic: {
    title: 'Anthropic',
    hosts: ['api.anthropic.com'],
    prices: 'anthropic',
    quirks: { ...noImages, reasoning_sent_back: 'none', image_links: 'https' },
  },
  gemini: {
    title: 'Gemini',
    hosts: ['generativelanguage.googleapis.com', 'aiplatform.googleapis.com', '*-aiplatform.googleapis.com'],
    prices: 'google',
    // Unknown fields are refused: "Unknown name … Cannot find field".
    quirks: {
      image_edits: 'none',
      image_fields: [],
      drop_fields: [
        ...openAiOnly,
        'frequency_penalty',
        'presence_penalty',
        'logit_bias',
        'logprobs',
        'top_logprobs',
        'seed',
      ],
      image_links: 'fetch',
      efforts: { xhigh: 'high', max: 'high' },
      // "at most 100 requests can be in one batch"
      embedding_texts_max: 100,
    },
  },
  mistral: {
    title: 'Mistral',
    hosts: ['api.mistral.ai', 'codestral.mistral.ai'],
    prices: 'mistral',
    // Unknown fields are refused: "Extra inputs are not permitted".
    quirks: {
      ...noImages,
      stream_options: false,
      drop_fields: [...openAiOnly, 'user', 'logprobs', 'top_logprobs', 'logit_bias', 'seed'],
      thoughts: 'parts',
      file_part: 'document_url',
      file_links: 'pass',
      efforts: noEfforts,
    },
    models: [
      { names: /^mistral-(small|medium)/, quirks: { efforts: onlyHigh } },
      { names: /^mistral-large-[4-9]/, quirks: { efforts: lowToHigh } },
    ],
  },
  deepseek: {
    title: 'DeepSeek',
    hosts: ['api.deepseek.com'],
    prices: 'deepseek',
    quirks: {
      ...noImages,
      response_format: 'json_object',
      reasoning_sent_back: 'all',
      thinking_switch: true,
      efforts: { none: null, minimal: 'high', low: 'high', medium: 'high', xhigh: 'max' },
      drop_fields: openAiOnly,
    },
  },
  zai: {
    title: 'Z.ai',
    hosts: ['api.z.ai', 'open.bigmodel.cn'],
    quirks: {
      image_bytes: 'none',
      image_edits: 'none',
      image_fields: ['quality', 'user'],
      response_format: 'json_object',
      thinking_switch: true,
      efforts: noEfforts,
      drop_fields: [...openAiOnly, 'user', 'logprobs', 'top_logprobs', 'parallel_tool_calls', 'tool_choice'],
    },
  },
  moonshot: {
    title: 'Moonshot',
    hosts: ['api.moonshot.ai', 'api.moonshot.cn', 'api.kimi.com'],
    prices: 'moonshotai',
    quirks: {
      ...noImages,
      reasoning_sent_back: 'all',
      efforts: noEfforts,
      image_links: 'fetch',
      drop_fields: ['store', 'service_tier', 'verbosity', 'prompt_cache_retention'],
    },
    models: [{ names: /^kimi-(k2\.[5-9]|k[3-9])/, quirks: { thinking_switch: true } }],
  },
  groq: {
    title: 'Groq',
    hosts: ['api.groq.com'],
    prices: 'groq',
    // Unknown fields are refused: "property … is unsupported".
    quirks: {
      ...noImages,
      max_tokens_field: 'max_completion_tokens',
      drop_fields: [
        'store',
        'safety_identifier',
        'prompt_cache_key',
        'prompt_cache_retention',
        'verbosity',
        'logprobs',
        'top_logprobs',
        'logit_bias',
      ],
      efforts: noEfforts,
    },
    models: [
      { names: /gpt-oss/, quirks: { efforts: { none: 'low', ...lowToHigh } } },
      {
        names: /qwen/,
        quirks: {
          efforts: {
            none: 'none',
            minimal: 'default',
            low: 'default',
            medium: 'default',
            high: 'default',
            xhigh: 'default',
            max: 'default',
          },
        },
      },
    ],
  },
  xai: {
    title: 'xAI',
    hosts: ['api.x.ai', '*.api.x.ai'],
    prices: 'x-ai',
    quirks: {
      image_size: 'aspect_ratio',
      image_edits: 'json',
      image_fields: ['user'],
      tool_images: 'tool',
      drop_fields: openAiOnly,
      efforts: lowToHigh,
    },
    models: [
      // Reasoning models refuse these: "Argument not supported on this model".
      {
        names: /^grok-([4-9]|3-mini)/,
        quirks: { drop_fields: [...openAiOnly, 'presence_penalty', 'frequency_penalty', 'stop'] },
      },
      { names: /^grok-4(-0709|-latest)?$/, quirks: { efforts: noEfforts } },
      // It has one size, and edits nothing.
      { names: /^grok-2-image/, quirks: { image_size: 'none', image_edits: 'none' } },
    ],
  },
  perplexity: {
    title: 'Perplexity',
    hosts: ['api.perplexity.ai'],
    prices: 'perplexity',
    quirks: {
      ...noImages,
      drop_fields: [
        ...openAiOnly,
        'user',
        'logprobs',
        'top_logprobs',
        'logit_bias',
        'seed',
        'parallel_tool_calls',
      ],
      user_messages: 'join',
      efforts: { none: 'minimal', xhigh: 'high', max: 'high' },
    },
  },
  cerebras: {
    title: 'Cerebras',
    hosts: ['api.cerebras.ai'],
    prices: 'cerebras',
    quirks: {
      ...noImages,
      max_tokens_field: 'max_completion_tokens',
      drop_fields: [...openAiOnly, 'logit_bias'],
      efforts: lowToHigh,
    },
  },
  fireworks: {
    title: 'Fireworks',
    hosts: ['api.fireworks.ai'],
    prices: 'fireworks',
    quirks: {
      image_path: 'workflows',
      image_size: 'aspect_ratio',
      image_edits: 'none',
      image_fields: [],
      drop_fields: ['store', 'safety_identifier', 'verbosity', 'prompt_cache_retention'],
    },
  },
  together: {
    title: 'Together',
    hosts: ['api.together.xyz', 'api.together.ai'],
    prices: 'together',
    quirks: {
      image_bytes: 'base64',
      image_size: 'width_height',
      image_edits: 'image_url',
      image_fields: ['output_format'],
      drop_fields: openAiOnly,
      efforts: lowToHigh,
    },
  },
  cohere: {
    title: 'Cohere',
    hosts: ['api.cohere.ai', 'api.cohere.com'],
    prices: 'cohere',
    quirks: { ...noImages, drop_fields: openAiOnly, efforts: onlyHigh, embedding_texts_max: 96 },
  },
  huggingface: {
    title: 'Hugging Face',
    hosts: ['router.huggingface.co'],
    quirks: { ...noImages, drop_fields: openAiOnly },
  },
  bedrock: {
    title: 'Amazon Bedrock',
    hosts: [],
    prices: 'aws',
    // It takes images and files as bytes only.
    quirks: { ...noImages, image_links: 'fetch' },
  },
  nvidia: {
    title: 'NVIDIA',
    hosts: ['integrate.api.nvidia.com'],
    quirks: { ...noImages, drop_fields: openAiOnly },
  },
  databricks: {
    title: 'Databricks',
    hosts: ['*.databricks.com', '*.azuredatabricks.net'],
    quirks: { ...noImages, drop_fields: [...openAiOnly, 'parallel_tool_calls', 'user'] },
  },
  dashscope: {
    title: 'Alibaba Cloud',
    hosts: ['dashscope.aliyuncs.com', 'dashscope-intl.aliyuncs.com', 'dashscope-us.aliyuncs.com'],
    quirks: { ...noImages, drop_fields: openAiOnly, embedding_texts_max: 10 },
  },
  ollama: {
    title: 'Ollama',
    hosts: [],
    // It accepts images as data only.
    quirks: { ...noImages, image_links: 'fetch', efforts: { minimal: 'low', xhigh: 'high', max: 'high' } },
  },
  llamacpp: { title: 'llama.cpp', hosts: [], quirks: { ...noImages, image_links: 'fetch' } },
  lmstudio: { title: 'LM Studio', hosts: [], quirks: { ...noImages, image_links: 'fetch' } },
  vllm: { title: 'vLLM', hosts: [], quirks: {} },
  sglang: { title: 'SGLang', hosts: [], quirks: {} },
};

/** The lists of prices that the rows name. */
export const priceLists: readonly string[] = Object.values(providerTable).flatMap(
  ({ prices }) => prices ?? [],
);
