import { defaultModelName } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { type KnownModels, resolveModel } from './model-name.ts';

const lists: Record<string, ReadonlySet<string> | null> = {
  openai: new Set(['gpt-4o', 'meta-llama/llama-3']),
  local: new Set(['qwen', 'gpt-4o']),
};

function known(changes: Partial<KnownModels> = {}): KnownModels {
  return {
    providers: ['openai', 'local'],
    modelsOf: (provider) => lists[provider] ?? null,
    aliases: new Map([['fast', 'local/qwen']]),
    defaultModel: 'gpt-4o',
    unknownModels: 'refuse',
    ...changes,
  };
}

const unlisted = { modelsOf: () => null };

describe('resolveModel', () => {
  it.each([
    ['a bare name', 'qwen', 'local', 'qwen'],
    ['a bare name that two providers list', 'gpt-4o', 'openai', 'gpt-4o'],
    ['a provider and its model', 'local/gpt-4o', 'local', 'gpt-4o'],
    ['a name with a slash of its own', 'meta-llama/llama-3', 'openai', 'meta-llama/llama-3'],
    ['the same behind its provider', 'openai/meta-llama/llama-3', 'openai', 'meta-llama/llama-3'],
    ['an alias', 'fast', 'local', 'qwen'],
  ])('finds %s', (_what, name, provider, model) => {
    expect(resolveModel(name, known())).toEqual({ provider, model });
  });

  it('refuses an unknown name', () => {
    const unknown = expect.objectContaining({ code: 'model_not_found', param: 'model' }) as Error;
    for (const name of ['jan-v2-30b', 'openai/qwen', 'other/gpt-4o', 'openai/', '/', '']) {
      expect(() => resolveModel(name, known())).toThrow(unknown);
    }
  });

  it('uses the default for an unknown name, where that is configured', () => {
    const lenient = known({ unknownModels: 'default', defaultModel: 'fast' });
    expect(resolveModel('jan-v2-30b', lenient)).toEqual({ provider: 'local', model: 'qwen' });
    expect(resolveModel('qwen', lenient)).toEqual({ provider: 'local', model: 'qwen' });
    expect(resolveModel('x', known({ unknownModels: 'default', defaultModel: 'not-listed' }))).toEqual({
      provider: 'openai',
      model: 'not-listed',
    });
  });

  it('uses the default where no model is named', () => {
    expect(resolveModel(defaultModelName, known({ defaultModel: 'fast' }))).toEqual({
      provider: 'local',
      model: 'qwen',
    });
    expect(() => resolveModel(defaultModelName, known({ defaultModel: null }))).toThrow('does not exist');
  });

  it('does not check the default of the operator', () => {
    expect(resolveModel('local/fine-tuned', known({ defaultModel: 'local/fine-tuned' }))).toEqual({
      provider: 'local',
      model: 'fine-tuned',
    });
  });

  it('leaves the check of names to a provider that lists nothing', () => {
    expect(resolveModel('anything', known(unlisted))).toEqual({ provider: 'openai', model: 'anything' });
    expect(resolveModel('local/anything', known(unlisted))).toEqual({ provider: 'local', model: 'anything' });
    expect(resolveModel('anything', known({ ...unlisted, unknownModels: 'default' }))).toEqual({
      provider: 'openai',
      model: 'gpt-4o',
    });
    expect(
      resolveModel('anything', known({ ...unlisted, unknownModels: 'default', defaultModel: null })),
    ).toEqual({ provider: 'openai', model: 'anything' });
  });
});
