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
    trustedAliases: new Set(),
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
    const onlyLocal = known({ modelsOf: (provider) => (provider === 'local' ? null : new Set(['gpt-4o'])) });
    expect(resolveModel('local/anything', onlyLocal)).toEqual({ provider: 'local', model: 'anything' });
    expect(() => resolveModel('anything', onlyLocal)).toThrow('does not exist');
    expect(resolveModel('anything', known({ ...unlisted, unknownModels: 'default' }))).toEqual({
      provider: 'openai',
      model: 'gpt-4o',
    });
    expect(
      resolveModel('anything', known({ ...unlisted, unknownModels: 'default', defaultModel: null })),
    ).toEqual({ provider: 'openai', model: 'anything' });
  });

  it('passes an unknown name on as it is, where that is configured', () => {
    const passing = known({ unknownModels: 'pass' });
    expect(resolveModel('of-tomorrow', passing)).toEqual({ provider: 'openai', model: 'of-tomorrow' });
    expect(resolveModel('local/of-tomorrow', passing)).toEqual({ provider: 'local', model: 'of-tomorrow' });
    expect(resolveModel('qwen', passing)).toEqual({ provider: 'local', model: 'qwen' });
    expect(resolveModel('other/x', passing)).toEqual({ provider: 'openai', model: 'other/x' });
  });

  it('does not check the models of the operator’s own names', () => {
    const named = { aliases: new Map([['smart', 'local/of-tomorrow']]) };
    expect(resolveModel('smart', known({ ...named, trustedAliases: new Set(['smart']) }))).toEqual({
      provider: 'local',
      model: 'of-tomorrow',
    });
    expect(() => resolveModel('smart', known(named))).toThrow('does not exist');
  });

  it('prefers the provider of a prefix to a proxy that lists the whole name', () => {
    const beside = (lists: Record<string, ReadonlySet<string> | null>) =>
      known({ providers: ['proxy', 'local'], modelsOf: (provider) => lists[provider] ?? null });
    const proxy = new Set(['local/qwen', 'local/other']);
    expect(resolveModel('local/qwen', beside({ proxy, local: new Set(['qwen']) })).provider).toBe('local');
    expect(resolveModel('local/other', beside({ proxy, local: new Set(['qwen']) })).provider).toBe('proxy');
    expect(resolveModel('local/qwen', beside({ proxy, local: null })).provider).toBe('local');
  });
});
