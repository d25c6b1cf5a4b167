import type { AppError, JsonObject } from '@antiphon/contracts';
import type { SchemaChecker } from '@antiphon/engine';
import { directSchemas } from '@antiphon/engine/testing';
import { testCaller } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import { emptyContent, type PromptContent } from './prompt-content.ts';
import { fillVariables } from './prompt-variables.ts';
import type { CheckedContent } from '../prompt.ts';

const reads = (
  names: Record<string, 'required' | 'optional'>,
  content: Partial<PromptContent> = {},
): CheckedContent => ({
  content: { ...emptyContent, ...content },
  variables: Object.entries(names).map(([name, need]) => ({ name, isOptional: need === 'optional' })),
});

const fill = (version: CheckedContent, variables: JsonObject) =>
  fillVariables(testCaller, { version, variables }, directSchemas, new AbortController().signal);

async function refusalOf(version: CheckedContent, variables: JsonObject) {
  try {
    await fill(version, variables);
  } catch (error) {
    const { code, reason, param, message } = error as AppError;
    expect(code).toBe('invalid_request');
    return { reason, param, message };
  }
  throw new Error('the variables were accepted');
}

describe('variables without a schema', () => {
  const version = reads({ topic: 'required', level: 'required', tone: 'optional' });

  it('are the names that the templates read', async () => {
    const variables = { topic: 'x', level: 3, tone: { deep: [true] } };
    expect((await fill(version, variables)).values).toEqual(variables);
    expect((await fill(version, { topic: '', level: null })).values).toEqual({ topic: '', level: null });
  });

  it('are refused where they are missing or unknown, or where the prompt has none', async () => {
    expect(await refusalOf(version, { tone: 'kind' })).toEqual({
      reason: 'prompt_variable_missing',
      param: 'prompt.variables',
      message: 'Missing prompt variables: topic, level',
    });
    expect(await refusalOf(version, { topic: 'x', level: 1, constructor: 2 })).toMatchObject({
      reason: 'prompt_variable_unknown',
      message: 'Unknown prompt variables: constructor',
    });
    expect(await refusalOf(reads({}), { topic: 'x' })).toMatchObject({ reason: 'schema_required' });
    expect((await fill(reads({}), {})).values).toEqual({});
  });
});

describe('variables with a schema', () => {
  const version = reads(
    { topic: 'required' },
    {
      input_schema: {
        type: 'object',
        properties: {
          topic: { type: 'string', minLength: 2, maxLength: 10 },
          tone: { enum: ['kind', 'strict'], default: 'kind' },
          mail: { type: 'string', format: 'email' },
          code: { type: 'string', pattern: '^[A-Z]{3}$' },
          age: { type: 'integer', minimum: 0 },
          address: {
            type: 'object',
            properties: { city: { type: 'string' } },
            required: ['city'],
            additionalProperties: false,
          },
          rows: { type: 'array', items: { type: 'number' } },
        },
        required: ['topic', 'tone'],
        additionalProperties: false,
      },
      validation_rules: [
        {
          target: 'input',
          path: '/topic',
          schema: { not: { const: 'forbidden' } },
          message: 'ask about something else',
        },
        { target: 'output', path: '', schema: { maxLength: 1 }, message: 'of no matter here' },
      ],
    },
  );

  it('are refused where a check costs too much', async () => {
    const issue = { path: [], keyword: 'too_complex', complaint: 'takes longer than 1000 ms to check' };
    const exhausted: SchemaChecker = {
      assertUsable: () => Promise.resolve(),
      findFault: (_, uses) => Promise.resolve({ index: uses.length - 1, issue }),
    };
    const rule = { target: 'input' as const, path: '/topic', schema: { pattern: 'x' }, message: 'Say x.' };
    for (const validation_rules of [[], [rule]]) {
      const checked = reads({}, { ...version.content, validation_rules });
      const { signal } = new AbortController();
      await expect(
        fillVariables(testCaller, { version: checked, variables: { topic: 'tea' } }, exhausted, signal),
      ).rejects.toMatchObject({
        code: 'invalid_request',
        param: 'prompt.variables',
        message: 'prompt.variables takes longer than 1000 ms to check',
      });
    }
  });

  it('get their defaults', async () => {
    expect((await fill(version, { topic: 'tea' })).values).toEqual({ topic: 'tea', tone: 'kind' });
  });

  it.each([
    [{}, 'required', 'prompt.variables.topic'],
    [{ topic: 7 }, 'invalid_type', 'prompt.variables.topic'],
    [{ topic: 't' }, 'invalid_length', 'prompt.variables.topic'],
    [{ topic: 'tea', tone: 'loud' }, 'invalid_choice', 'prompt.variables.tone'],
    [{ topic: 'tea', mail: 'x' }, 'invalid_format', 'prompt.variables.mail'],
    [{ topic: 'tea', code: 'abc' }, 'invalid_format', 'prompt.variables.code'],
    [{ topic: 'tea', age: -1 }, 'invalid_value', 'prompt.variables.age'],
    [{ topic: 'tea', age: '7' }, 'invalid_type', 'prompt.variables.age'],
    [{ topic: 'tea', address: {} }, 'required', 'prompt.variables.address.city'],
    [{ topic: 'tea', address: { city: 'x', zip: 1 } }, 'invalid_value', 'prompt.variables.address.zip'],
    [{ topic: 'tea', rows: [1, 'x'] }, 'invalid_type', 'prompt.variables.rows[1]'],
    [{ topic: 'tea', other: 1 }, 'prompt_variable_unknown', 'prompt.variables'],
    [{ topic: 'forbidden' }, 'invalid_value', 'prompt.variables.topic'],
  ])('%j', async (variables, reason, param) => {
    expect(await refusalOf(version, variables as JsonObject)).toMatchObject({ reason, param });
  });
});

describe('variables that are input items', () => {
  const version = reads({ text: 'required', photo: 'optional', report: 'optional' });

  it('become text, or a mark in the place of the part', async () => {
    const photo = { type: 'input_image', image_url: 'https://example.com/a.png' };
    const report = { type: 'input_file', file_url: 'https://example.com/a.pdf' };
    const { values, parts } = await fill(version, {
      text: { type: 'input_text', text: '{{ not read }}' },
      photo,
      report,
    });
    expect(values.text).toBe('{{ not read }}');
    expect(parts.get(values.photo as string)).toEqual(photo);
    expect(parts.get(values.report as string)).toEqual(report);
    expect(values.photo).not.toBe(values.report);
  });

  it('are refused where fields are missing', async () => {
    expect(
      await refusalOf(version, {
        text: 'x',
        photo: { type: 'input_image', image_url: 'file:///etc/passwd' },
      }),
    ).toMatchObject({
      param: 'prompt.variables.photo.image_url',
    });
  });
});
