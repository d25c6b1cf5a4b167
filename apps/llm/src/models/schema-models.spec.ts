import { expect, it } from 'vitest';
import { nameFormsOfAnyVariant } from './name-forms.ts';
import { hasJsonSchemaOf } from './schema-models.ts';

it.each([
  ['gpt-4.1-mini-2025-04-14', true],
  ['gpt-4o', true],
  ['gpt-4o-2024-08-06', true],
  ['openai/gpt-5.4-mini', true],
  ['gpt-5-codex', true],
  ['o1', true],
  ['o3-mini', true],
  ['gemini-2.5-flash', true],
  ['xai/grok-4.5', true],
  ['gpt-4o-2024-05-13', false],
  ['gpt-4-turbo', false],
  ['gpt-4', false],
  ['gpt-3.5-turbo', false],
  // Not documented, or no language models.
  ['gpt-5-chat-latest', null],
  ['gpt-5.2-chat', null],
  ['o1-mini', null],
  ['o3-deep-research', null],
  ['gpt-4o-mini-tts', null],
  ['gpt-4o-audio-preview', null],
  ['gemini-2.5-flash-image', null],
  ['gemini-embedding-001', null],
  ['grok-2-image', null],
  ['gpt-55', null],
  ['mistral-large-latest', null],
])('knows of %s whether it answers by a schema: %s', (model, expected) => {
  expect(hasJsonSchemaOf(nameFormsOfAnyVariant(model))).toBe(expected);
});
