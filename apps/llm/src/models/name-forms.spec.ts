import { expect, it } from 'vitest';
import { nameForms, nameFormsOfAnyVariant } from './name-forms.ts';

it.each([
  ['gpt-5', 'gpt-5'],
  ['GPT-5-2025-08-07', 'gpt-5'],
  ['claude-sonnet-4-5-20250929', 'claude-sonnet-4-5'],
  ['mistral-large-latest', 'mistral-large'],
  ['mistral-large-2411', 'mistral-large'],
  ['command-a-03-2025', 'command-a'],
  ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5'],
  ['global.anthropic.claude-opus-4-6-v1', 'claude-opus-4-6'],
  ['arn:aws:bedrock:us-east-1:1:inference-profile/eu.amazon.nova-pro-v1:0', 'nova-pro'],
  ['claude-opus-4-5@20251101', 'claude-opus-4-5'],
  ['anthropic/claude-opus-4.8', 'claude-opus-4-8'],
  ['accounts/fireworks/models/kimi-k2p6', 'kimi-k2p6'],
  ['deepseek-v3', 'deepseek-v3'],
])('%s ends as %s', (model, last) => {
  const forms = nameForms(model);
  expect(forms[0]).toBe(model.toLowerCase());
  expect(forms.at(-1)).toBe(last);
});

it('leaves out variants of a host only where they do not matter', () => {
  expect(nameForms('z-ai/glm-5.2:free')).not.toContain('glm-5.2');
  expect(nameFormsOfAnyVariant('z-ai/glm-5.2:free')).toContain('glm-5.2');
});
