import type { Logger } from '@antiphon/service-kit';
import { describe, expect, it } from 'vitest';
import { type ModelFacts, type ModelPrices, unknownFacts } from '../models/model-facts.ts';
import type { Provider } from '../providers/provider.ts';
import type { ModelPlan } from './plan/candidate.ts';
import { ModelCatalog, type ModelCatalogOptions } from './model-catalog.ts';

/** A provider that only lists models. */
class Listing implements Provider {
  embed(): never {
    throw new Error('embeds nothing');
  }

  asked = 0;

  constructor(
    readonly name: string,
    public ids: string[] | null,
  ) {}

  factsOf(model: string): ModelFacts {
    return { ...unknownFacts, contextWindow: model.length * 1_000, hasTools: model !== 'b' };
  }

  pricesOf(): ModelPrices {
    return { input: 1, output: 2, cachedInput: null, cacheWrite: null };
  }

  async listModels() {
    this.asked++;
    if (this.ids === null) throw new Error('no list');
    return this.ids.map((id) => ({ id, createdAt: 5 }));
  }

  stream(): never {
    throw new Error('not asked here');
  }

  async retire(): Promise<void> {
    // Nothing is open.
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}

function catalogOf(providers: Provider[], options: Partial<ModelCatalogOptions> = {}) {
  const clock = { nowMs: 0 };
  const lines: string[] = [];
  const log = (level: string) => (line: object) => void lines.push(`${level} ${JSON.stringify(line)}`);
  const logger = { info: log('info'), warn: log('warn') } as Pick<Logger, 'info' | 'warn'>;
  const defaults: ModelCatalogOptions = {
    aliases: new Map(),
    defaultModel: null,
    unknownModels: 'refuse',
    listTtlMs: 300_000,
    listTimeoutMs: 1_000,
  };
  return {
    clock,
    lines,
    catalog: new ModelCatalog(
      { providers, weights: new Map(), models: new Map() },
      { ...defaults, ...options },
      () => clock.nowMs,
      logger,
    ),
  };
}

/** The candidates of a model, as `provider/model`. */
async function candidatesOf(catalog: ModelCatalog, name: string): Promise<string[]> {
  const { group, fallback }: ModelPlan = await catalog.plan(name);
  return [...group, ...fallback].map(({ provider, model }) => `${provider}/${model}`);
}

describe('ModelCatalog', () => {
  it('fetches the list once for all waiting callers', async () => {
    const provider = new Listing('one', ['a', 'b']);
    const { catalog } = catalogOf([provider]);
    await Promise.all([catalog.plan('a'), catalog.plan('one/b'), catalog.models()]);
    expect(provider.asked).toBe(1);
  });

  it('fetches again for a new name, but not for every unknown one', async () => {
    const provider = new Listing('one', ['a']);
    const { catalog, clock } = catalogOf([provider]);
    await catalog.plan('a');
    provider.ids = ['a', 'new'];
    await expect(catalog.plan('new')).rejects.toMatchObject({ code: 'model_not_found' });
    clock.nowMs = 10_000;
    expect(await candidatesOf(catalog, 'new')).toEqual(['one/new']);
    expect(provider.asked).toBe(2);
  });

  it('uses the old list while there is no new one', async () => {
    const provider = new Listing('one', ['a']);
    const { catalog, clock } = catalogOf([provider]);
    await catalog.plan('a');
    provider.ids = null;
    clock.nowMs = 400_000;
    expect((await catalog.models()).map((model) => model.id)).toEqual(['a']);
    expect(await candidatesOf(catalog, 'a')).toEqual(['one/a']);
  });

  it('uses the first listed model as the default where none is configured', async () => {
    const { catalog } = catalogOf([new Listing('one', ['a', 'b'])], { unknownModels: 'default' });
    expect(await candidatesOf(catalog, 'jan-v2-30b')).toEqual(['one/a']);
    expect(await catalog.models()).toMatchObject([
      { id: 'a', provider: 'one', createdAt: 5, isDefault: true, facts: { hasTools: true } },
      { id: 'b', provider: 'one', createdAt: 5, isDefault: false, prices: { input: 1 } },
    ]);
  });

  it('lists the models of several providers under distinct names', async () => {
    const { catalog } = catalogOf(
      [new Listing('one', ['a']), new Listing('two', null), new Listing('three', ['a'])],
      { defaultModel: 'three/a' },
    );
    expect((await catalog.models()).map(({ id, isDefault }) => [id, isDefault])).toEqual([
      ['one/a', false],
      ['three/a', true],
    ]);
  });

  it("lists the operator's own names after the models, with what is known of their target", async () => {
    const { catalog } = catalogOf([new Listing('one', ['a', 'b'])], {
      aliases: new Map([
        ['quick', 'one/b'],
        ['lost', 'none/x'],
      ]),
    });
    expect(await catalog.models()).toMatchObject([
      { id: 'a' },
      { id: 'b' },
      {
        id: 'quick',
        provider: 'one',
        facts: { hasTools: false, contextWindow: 1_000 },
        prices: { input: 1 },
      },
    ]);
  });

  it('leaves out a provider that cannot be asked, with one warning until it can be again', async () => {
    const [one, two] = [new Listing('one', ['a']), new Listing('two', null)];
    const { catalog, clock, lines } = catalogOf([one, two]);
    const idsAt = async (nowMs: number) => {
      clock.nowMs = nowMs;
      return (await catalog.models()).map(({ id }) => id);
    };
    expect(await idsAt(0)).toEqual(['one/a']);
    expect(await idsAt(400_000)).toEqual(['one/a']);
    expect(lines).toEqual([expect.stringMatching(/^warn .*"two"/)]);
    two.ids = ['b'];
    expect(await idsAt(800_000)).toEqual(['one/a', 'two/b']);
    two.ids = null;
    expect(await idsAt(1_200_000)).toEqual(['one/a', 'two/b']);
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['warn', 'info', 'warn']);
  });

  it('leaves out models that no provider serves because it is switched off', async () => {
    const route = (...targets: string[]) => ({
      route: targets.map((to) => ({ to, weight: 1 })),
      fallback: [],
      select: 'weighted' as const,
      fallbackOn: [],
    });
    const { catalog } = catalogOf([]);
    catalog.use({
      providers: [new Listing('one', ['a']), new Listing('two', ['b'])],
      weights: new Map(),
      models: new Map([
        ['first', route('one/a')],
        ['both', route('one/a', 'two/b')],
      ]),
    });
    const ids = async (off: string[]) =>
      (await catalog.models((provider) => !off.includes(provider))).map(({ id }) => id);
    expect(await ids([])).toEqual(['one/a', 'two/b', 'first', 'both']);
    expect(await ids(['one'])).toEqual(['two/b', 'both']);
    expect(await ids(['one', 'two'])).toEqual([]);
  });

  it('follows a change of the providers, and keeps the lists of those that stay', async () => {
    const [one, two, three] = [
      new Listing('one', ['a']),
      new Listing('two', ['b']),
      new Listing('three', ['c']),
    ];
    const { catalog } = catalogOf([one, two]);
    await catalog.models();
    catalog.use({
      providers: [one, three],
      weights: new Map(),
      models: new Map([
        [
          'smart',
          {
            route: [{ to: 'three/x', weight: 1 }],
            fallback: ['one/a'],
            select: 'weighted' as const,
            fallbackOn: [],
          },
        ],
      ]),
    });
    expect((await catalog.models()).map(({ id }) => id)).toEqual(['one/a', 'three/c', 'smart']);
    expect([one.asked, two.asked, three.asked]).toEqual([1, 1, 1]);
    expect(await candidatesOf(catalog, 'smart')).toEqual(['three/x', 'one/a']);
    await expect(catalog.plan('b')).rejects.toMatchObject({ code: 'model_not_found' });
  });
});
