import { expect, it } from 'vitest';
import { modelRequest } from '../../providers/__fixtures__/model-request.ts';
import { toChatParams } from '../chat-completions/request/chat-params.ts';
import { presetOf, quirksFor } from './resolve-quirks.ts';

it.each([
  // By the model, at any host.
  ['https://proxy.example/v1', 'gpt-5', 'max_completion_tokens'],
  ['https://proxy.example/v1', 'azure/prod-gpt-5-mini', 'max_completion_tokens'],
  ['https://proxy.example/v1', 'openai/o3', 'max_completion_tokens'],
  ['https://openrouter.ai/api/v1', 'openai/o4-mini', 'max_completion_tokens'],
  ['https://proxy.example/v1', 'gpt-4o', 'max_tokens'],
  ['https://proxy.example/v1', 'openai/gpt-oss-120b', 'max_tokens'],
  ['https://proxy.example/v1', 'qwen3-max', 'max_tokens'],
  // By the platform, for all its models.
  ['https://api.openai.com/v1', 'gpt-4o', 'max_completion_tokens'],
  ['https://our.openai.azure.com/openai/v1', 'our-drafts', 'max_completion_tokens'],
  ['https://api.groq.com/openai/v1', 'llama-3.3-70b', 'max_completion_tokens'],
  ['https://api.cerebras.ai/v1', 'llama-3.3-70b', 'max_completion_tokens'],
  ['https://api.mistral.ai/v1', 'mistral-large-latest', 'max_tokens'],
  ['https://api.deepseek.com/v1', 'deepseek-chat', 'max_tokens'],
])('at %s the model %s gets its limit as %s', (baseUrl, model, field) => {
  const request = modelRequest('Hi', { model, settings: { maxOutputTokens: 7 } });
  const quirks = quirksFor(model, { preset: presetOf(baseUrl, null), settings: {} });
  const params: object = toChatParams(request, quirks, { account: 'a', isStreamed: true });
  const limits = Object.entries(params).filter(([name]) => /^max_/.test(name));
  expect(limits).toEqual([[field, 7]]);
});
