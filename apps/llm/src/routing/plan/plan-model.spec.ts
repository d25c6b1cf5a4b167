import { defaultModelName } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import type { ModelRoute } from '../../provider-config/provider-settings.ts';
import { type KnownModels, planEmbedding, planModel } from './plan-model.ts';

const lists: Record<string, ReadonlySet<string> | null> = {
  openai: new Set(['gpt-4o', 'meta-llama/llama-3']),
  local: new Set(['qwen', 'gpt-4o']),
};

function known(changes: Partial<KnownModels> = {}): KnownModels {
  return {
    providers: ['openai', 'local'],
    modelsOf: (provider) => lists[provider] ?? null,
    aliases: new Map([['fast', 'local/qwen']]),
    weights: new Map([['local', 3]]),
    routes: new Map(),
    defaultModel: 'gpt-4o',
    unknownModels: 'refuse',
    ...changes,
  };
}

/** A route of the operator to these targets. */
function routeTo(route: ModelRoute['route'], fallback: string[] = []): ModelRoute {
  return { route, fallback, select: 'weighted', fallbackOn: [] };
}

/** The only candidate of a model. */
function resolveModel(name: string, models: KnownModels): { provider: string; model: string } {
  const { group, fallback } = planModel(name, models);
  const [only, ...others] = [...group, ...fallback];
  if (only === undefined || others.length > 0) throw new Error('one candidate is expected');
  return { provider: only.provider, model: only.model };
}

const unlisted = { modelsOf: () => null };

describe('planModel', () => {
  it.each([
    ['a bare name', 'qwen', 'local', 'qwen'],
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
    const routes = new Map([['smart', routeTo([{ to: 'local/of-tomorrow', weight: 1 }])]]);
    const expected = { provider: 'local', model: 'of-tomorrow' };
    expect(resolveModel('smart', known({ routes }))).toEqual(expected);
    expect(resolveModel('clever', known({ routes, aliases: new Map([['clever', 'smart']]) }))).toEqual(
      expected,
    );
    const aliases = new Map([['smart', 'local/of-tomorrow']]);
    expect(() => resolveModel('smart', known({ aliases }))).toThrow('does not exist');
  });

  it('prefers the provider of a prefix to a proxy that lists the whole name', () => {
    const beside = (lists: Record<string, ReadonlySet<string> | null>) =>
      known({ providers: ['proxy', 'local'], modelsOf: (provider) => lists[provider] ?? null });
    const proxy = new Set(['local/qwen', 'local/other']);
    expect(resolveModel('local/qwen', beside({ proxy, local: new Set(['qwen']) })).provider).toBe('local');
    expect(resolveModel('local/other', beside({ proxy, local: new Set(['qwen']) })).provider).toBe('proxy');
    expect(resolveModel('local/qwen', beside({ proxy, local: null })).provider).toBe('local');
  });

  it('makes a group of the providers that list a bare name, with their weights', () => {
    expect(planModel('gpt-4o', known())).toEqual({
      group: [
        { provider: 'openai', model: 'gpt-4o', weight: 1 },
        { provider: 'local', model: 'gpt-4o', weight: 3 },
      ],
      fallback: [],
      select: 'weighted',
      fallbackOn: [],
    });
  });

  it('follows a route: its targets share their weight, then come the fallbacks, each once', () => {
    const route = routeTo(
      [
        { to: 'gpt-4o', weight: 2 },
        { to: 'openai/new', weight: 1 },
      ],
      ['local/qwen', 'gpt-4o'],
    );
    expect(planModel('smart', known({ routes: new Map([['smart', route]]) }))).toMatchObject({
      group: [
        { provider: 'openai', model: 'gpt-4o', weight: 0.5 },
        { provider: 'local', model: 'gpt-4o', weight: 1.5 },
        { provider: 'openai', model: 'new', weight: 1 },
      ],
      fallback: [{ provider: 'local', model: 'qwen' }],
    });
  });

  it('follows names of the operator within a route, and takes a name within itself for the model', () => {
    const routes = new Map([
      ['smart', routeTo([{ to: 'cheap', weight: 1 }])],
      ['cheap', routeTo([{ to: 'qwen', weight: 1 }], ['smart'])],
      ['qwen', routeTo([{ to: 'qwen', weight: 1 }])],
    ]);
    const { group } = planModel('smart', known({ routes }));
    expect(group.map(({ provider, model }) => `${provider}/${model}`)).toEqual([
      'local/qwen',
      'openai/smart',
    ]);
  });
});

describe('planEmbedding', () => {
  it('stays with one model, at all providers that have it', () => {
    const route = routeTo(
      [
        { to: 'openai/embed-3', weight: 1 },
        { to: 'local/other', weight: 1 },
      ],
      ['local/embed-3'],
    );
    const { group, fallback } = planEmbedding('texts', known({ routes: new Map([['texts', route]]) }));
    expect([...group, ...fallback].map(({ provider, model }) => `${provider}/${model}`)).toEqual([
      'openai/embed-3',
      'local/embed-3',
    ]);
  });

  it('leaves the check of a name that no provider lists to the provider', () => {
    expect(planEmbedding('embed-3', known()).group).toMatchObject([{ provider: 'openai', model: 'embed-3' }]);
    expect(() => planEmbedding('embed-3', known({ providers: [] }))).toThrow(
      'No configured provider offers embeddings',
    );
  });
});
