import { functionCall, type Item, type ModelDelta } from '@antiphon/contracts';
import { type ChatRequest, fail, ScriptedProvider, text } from '@antiphon/service-kit/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelRequest } from '../../providers/__fixtures__/model-request.ts';
import { answerTo } from '../../providers/__fixtures__/answer-to.ts';
import { connectTo } from '../../providers/__fixtures__/connect.ts';
import type { ProviderRequest } from '../../providers/provider.ts';
import { providerTable } from '../../presets/provider-table.ts';
import { presetOf, quirksFor } from '../quirks/resolve-quirks.ts';

/** The refusal of a real provider, in its own words; null for a request that it accepts. */
type Refusal = (body: ChatRequest) => string | null;

const known = [
  ...['model', 'messages', 'stream', 'temperature', 'top_p', 'max_tokens', 'tools', 'tool_choice', 'stop'],
  ...['response_format', 'presence_penalty', 'frequency_penalty', 'parallel_tool_calls', 'reasoning_effort'],
];

/** Refuses every unknown field. */
const onlyKnows =
  (...more: string[]): Refusal =>
  (body) => {
    const unknown = Object.keys(body).find((field) => !known.includes(field) && !more.includes(field));
    return unknown === undefined ? null : `Unknown field: ${unknown}`;
  };

/** A chat template: only the first message may be a system message. */
const systemFirst: Refusal = ({ messages }) =>
  messages.some(({ role }, place) => role === 'system' && place > 0)
    ? 'System message must be at the beginning.'
    : null;

const noEmptyAssistant: Refusal = ({ messages }) =>
  messages.some(({ role, content, tool_calls: calls }) => role === 'assistant' && !content && !calls)
    ? 'Assistant message must have either content or tool_calls, but not none.'
    : null;

const textOutputs: Refusal = ({ messages }) =>
  messages.some(({ role, content }) => role === 'tool' && typeof content !== 'string')
    ? 'The content of tool messages must be text.'
    : null;

const mistralOrder: Refusal = ({ messages }) => {
  for (const [place, { role, tool_call_id: id }] of messages.entries()) {
    if (role === 'user' && messages[place - 1]?.role === 'tool')
      return "Unexpected role 'user' after role 'tool'";
    if (role === 'tool' && !/^[a-zA-Z0-9]{9}$/.test(id ?? ''))
      return `Tool call id was ${id} but must have a length of 9.`;
  }
  return null;
};

const onlyJsonObject: Refusal = ({ response_format: format }) =>
  (format as { type?: string } | undefined)?.type === 'json_schema'
    ? 'This response_format type is unavailable now'
    : null;

const thoughtWithCalls: Refusal = ({ messages }) =>
  messages.some(
    (message) => message.tool_calls && !(message as { reasoning_content?: string }).reasoning_content,
  )
    ? 'thinking is enabled but reasoning_content is missing in assistant tool call message'
    : null;

const newTokensField: Refusal = (body) =>
  'max_tokens' in body ? "Unsupported parameter: 'max_tokens' is not supported with this model." : null;

const objectsHaveProperties: Refusal = ({ tools }) =>
  (tools ?? []).some(({ function: { parameters } }) => !JSON.stringify(parameters).includes('"properties"'))
    ? "schema must have a 'properties' field"
    : null;

const efforts =
  (...words: (string | undefined)[]): Refusal =>
  ({ reasoning_effort: effort }) =>
    words.includes(effort as string | undefined)
      ? null
      : `reasoning_effort must be one of ${words.join(', ')}`;

const imagesAsData: Refusal = ({ messages }) =>
  JSON.stringify(messages).includes('"url":"http') ? 'unsupported image url' : null;

/** Each row of the table, and a server with the refusals of the real one. */
const servers: [preset: string, model: string, refusals: Refusal[]][] = [
  ['openai', 'gpt-5', [newTokensField, textOutputs]],
  ['azure', 'our-deployment', [newTokensField, textOutputs]],
  ['litellm', 'openai/o3-mini', [newTokensField, textOutputs]],
  [
    'snowflake',
    'claude-sonnet',
    [
      newTokensField,
      onlyKnows('max_completion_tokens', 'stream_options', 'user', 'logprobs', 'top_logprobs', 'seed'),
    ],
  ],
  [
    'gemini',
    'gemini-3-flash',
    [
      (body) => ('frequency_penalty' in body ? 'Unknown name "frequency_penalty": Cannot find field.' : null),
      onlyKnows('stream_options', 'user'),
    ],
  ],
  [
    'mistral',
    'mistral-small-2603',
    [onlyKnows(), mistralOrder, systemFirst, noEmptyAssistant, textOutputs, efforts('none', 'high')],
  ],
  ['mistral', 'codestral-latest', [onlyKnows(), mistralOrder, efforts(undefined)]],
  [
    'deepseek',
    'deepseek-v4',
    [
      onlyJsonObject,
      efforts('high', 'max'),
      (body) => ((body['thinking'] as { type?: string }).type === 'enabled' ? null : 'not thinking'),
    ],
  ],
  ['zai', 'glm-5', [onlyJsonObject, onlyKnows('stream_options', 'thinking', 'seed'), efforts(undefined)]],
  ['moonshot', 'kimi-k2.5', [thoughtWithCalls, imagesAsData, efforts(undefined)]],
  [
    'groq',
    'qwen/qwen3-32b',
    [
      onlyKnows('stream_options', 'max_completion_tokens', 'user', 'seed', 'service_tier'),
      efforts('none', 'default'),
      textOutputs,
    ],
  ],
  ['groq', 'openai/gpt-oss-120b', [efforts('low', 'medium', 'high')]],
  ['groq', 'llama-3.3-70b-versatile', [efforts(undefined)]],
  [
    'xai',
    'grok-4.3',
    [
      (body) => ('presence_penalty' in body ? 'Argument not supported on this model' : null),
      onlyKnows('stream_options', 'user', 'logprobs', 'top_logprobs', 'seed'),
    ],
  ],
  [
    'perplexity',
    'sonar',
    [
      systemFirst,
      onlyKnows('stream_options'),
      (body) =>
        body.messages.some(({ role }, place) => role === 'user' && body.messages[place - 1]?.role === 'user')
          ? 'roles should be alternating'
          : null,
    ],
  ],
  [
    'nvidia',
    'mistralai/mistral-small-4',
    [onlyKnows('stream_options', 'user', 'logprobs', 'top_logprobs', 'seed'), mistralOrder, systemFirst],
  ],
  ['llamacpp', 'qwen3', [systemFirst, noEmptyAssistant, imagesAsData, objectsHaveProperties]],
  ['vllm', 'mistralai/Devstral-Small-2', [mistralOrder, systemFirst, textOutputs, objectsHaveProperties]],
];

const said = (
  role: 'user' | 'assistant' | 'developer',
  ...content: (Item & { type: 'message' })['content']
): Item => ({
  type: 'message',
  id: 'msg',
  role,
  content,
  status: 'completed',
});
const words = (value: string) => ({ type: 'text' as const, text: value });

/** A request with every field, and a history with every kind of item. */
const everything: Partial<Omit<ProviderRequest, 'settings'>> & { settings: object } = {
  instructions: 'Be brief.',
  items: [
    said('developer', words('Rhyme.')),
    said('user', words('Draw a cat.')),
    { type: 'reasoning', id: 'rs', text: '', status: 'completed' },
    functionCall({
      id: 'fc_1',
      callId: 'call_abcdefghijklmnop',
      name: 'draw',
      arguments: '',
      executor: 'client',
    }),
    {
      type: 'function_call_output',
      id: 'fco_1',
      callId: 'call_abcdefghijklmnop',
      output: [words('Done.'), { type: 'image', url: 'data:image/png;base64,AAAA' }],
      status: 'completed',
    },
    said('developer', words('In French.')),
    said('assistant', { type: 'refusal', refusal: 'No.' }),
    said('user', words('Why?')),
    said('assistant'),
    said('user', words('Well?')),
  ],
  tools: [{ name: 'draw', description: '', parameters: { type: 'object' }, strict: true }],
  toolChoice: 'required',
  chatFields: { seed: 7 },
  settings: {
    temperature: 1,
    presencePenalty: 1,
    frequencyPenalty: 1,
    maxOutputTokens: 100,
    parallelToolCalls: true,
    reasoningEffort: 'medium',
    verbosity: 'low',
    topLogprobs: 2,
    user: 'u',
    safetyIdentifier: 's',
    promptCacheKey: 'k',
    serviceTier: 'flex',
    textFormat: {
      type: 'json_schema',
      name: 'answer',
      description: '',
      schema: { type: 'object' },
      strict: true,
    },
  },
};

let server: ScriptedProvider;
beforeEach(async () => {
  server = await ScriptedProvider.start();
});
afterEach(async () => {
  await server.stop();
});

async function ask(
  preset: string | null,
  request: Parameters<typeof modelRequest>[1],
): Promise<ModelDelta[]> {
  const provider = connectTo(server.baseUrl, {
    name: 'strict',
    quirks: { preset: preset === null ? null : (providerTable[preset] ?? null), settings: {} },
  });
  try {
    return await answerTo(provider, modelRequest('Hi', request));
  } finally {
    await provider.close();
  }
}

describe('a strict provider', () => {
  it.each(servers)('%s accepts a request with every field for %s', async (preset, model, refusals) => {
    server.script = ({ body }) => {
      const refused = refusals.map((refusal) => refusal(body)).find((sentence) => sentence !== null);
      return refused === undefined ? [text('Oui.')] : [fail(400, { message: refused })];
    };
    expect(await ask(preset, { ...everything, model })).toMatchObject([{ text: 'Oui.' }, { type: 'end' }]);
  });

  it('refuses a request in the form of another provider', async () => {
    server.script = ({ body }) => [
      fail(400, { message: mistralOrder(body) ?? onlyKnows()(body) ?? 'nothing' }),
    ];
    await expect(ask(null, { ...everything, model: 'x' })).rejects.toThrow('Tool call id was');
    await expect(ask('mistral', { model: 'x' })).rejects.toThrow('nothing');
  });

  it('that is unknown gets requests in the order of chat templates', async () => {
    server.script = ({ body }) => {
      const refused =
        systemFirst(body) ?? noEmptyAssistant(body) ?? textOutputs(body) ?? objectsHaveProperties(body);
      return refused === null ? [text('Oui.')] : [fail(400, { message: refused })];
    };
    expect(await ask(null, everything)).toMatchObject([{ text: 'Oui.' }, { type: 'end' }]);
    // Optional fields that it may know are still sent.
    expect((await server.call(0)).body).toMatchObject({ prompt_cache_key: 'k', user: 'u', max_tokens: 100 });
  });
});

describe('the table', () => {
  it.each([
    ['https://api.mistral.ai/v1', 'Mistral'],
    ['https://our-thing.openai.azure.com/openai/v1', 'Azure OpenAI'],
    ['https://us.api.openai.com/v1', 'OpenAI'],
    ['https://europe-west1-aiplatform.googleapis.com/v1/openapi', 'Gemini'],
    ['https://api.openai.com.evil.example/v1', undefined],
    ['https://notapi.mistral.ai.example/v1', undefined],
    ['http://127.0.0.1:8000/v1', undefined],
  ])('knows %s by its host', (baseUrl, title) => {
    expect(presetOf(baseUrl, null)?.title).toBe(title);
  });

  it('is overridden by the operator, and a provider by its models', () => {
    const preset = providerTable['groq'] ?? null;
    expect(quirksFor('qwen/qwen3-32b', { preset, settings: {} }).efforts.high).toBe('default');
    for (const model of ['gpt-5', 'openai/gpt-5-mini', 'databricks-gpt-5', 'o3', 'azure/o4-mini'])
      expect(quirksFor(model, { preset: null, settings: {} }).max_tokens_field).toBe('max_completion_tokens');
    for (const model of ['gpt-4o', 'openai/gpt-oss-120b', 'marco-o1', 'qwen3'])
      expect(quirksFor(model, { preset: null, settings: {} }).max_tokens_field).toBe('max_tokens');
    const settings = { max_tokens_field: 'max_tokens' } as const;
    expect(quirksFor('gpt-5', { preset, settings }).max_tokens_field).toBe('max_tokens');
  });

  it('has every host once', () => {
    const hosts = Object.values(providerTable).flatMap((row) => row.hosts);
    expect(new Set(hosts).size).toBe(hosts.length);
  });
});
