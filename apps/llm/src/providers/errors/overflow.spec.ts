import { describe, expect, it } from 'vitest';
import { presets } from '../../presets/presets.ts';
import { providerTable } from '../../presets/provider-table.ts';
import { otherWordings } from './__fixtures__/other-wordings.ts';
import { openAiShape, overflows } from './__fixtures__/overflows.ts';
import { isTransient, providerError } from './provider-errors.ts';

describe('a context that is too long for the model', () => {
  it.each([...overflows, ...otherWordings])('is recognized in the words of %s', (_server, status, body) => {
    for (const form of [body, JSON.stringify(body)]) {
      const error = providerError('Test', { status, body: form });
      expect(error).toMatchObject({ code: 'context_too_long' });
      expect(isTransient(error)).toBe(false);
    }
    expect(providerError('Test', { body })).toMatchObject({ code: 'context_too_long' });
  });

  it('is known in the words of every preset', () => {
    const servers = overflows.concat(otherWordings).map(([server]) => server.split(',')[0]);
    for (const preset of Object.values(presets)) {
      const title = preset.quirks === null ? 'OpenAI' : (providerTable[preset.quirks]?.title ?? '');
      expect(servers).toContain(title.replace('Amazon ', ''));
    }
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
