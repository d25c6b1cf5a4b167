import { AppError } from '@antiphon/contracts';
import type { Logger } from '@antiphon/service-kit';
import { knownAt, knownOfAll, type ListedModel } from '../models/listed-model.ts';
import type { Candidate, ModelPlan } from './plan/candidate.ts';
import { planImages } from './plan/plan-images.ts';
import { type KnownModels, planEmbedding, planModel, type UnknownModels } from './plan/plan-model.ts';
import type { Provider, ProviderModel } from '../providers/provider.ts';
import type { ProvidersInUse } from '../providers/provider-set.ts';

export interface ModelCatalogOptions {
  aliases: ReadonlyMap<string, string>;
  /** The model for requests that name none; null: the first listed model. */
  defaultModel: string | null;
  unknownModels: UnknownModels;
  /** The age at which a list is fetched again, in the background. */
  listTtlMs: number;
  /** How long a provider may take to list its models. */
  listTimeoutMs: number;
}

/** The least age of a list that is fetched again for an unlisted name, or after a failure. */
const refetchAfterMs = 10_000;

interface ModelList {
  models: readonly ProviderModel[] | null;
  ids: ReadonlySet<string> | null;
  /** The time of the last fetch, with or without success. */
  askedAtMs: number;
  fetching: Promise<void> | null;
  /** Whether the last fetch failed. */
  isFailing: boolean;
}

/** Finds the providers of a model, by the lists of the providers. Requests do not wait for a new list while there is an old one. */
export class ModelCatalog {
  private providers: readonly Provider[] = [];
  private lists = new Map<Provider, ModelList>();
  private known: KnownModels = noModels;

  constructor(
    inUse: ProvidersInUse,
    private readonly options: ModelCatalogOptions,
    private readonly nowMs: () => number = Date.now,
    private readonly logger?: Pick<Logger, 'info' | 'warn'>,
  ) {
    this.use(inUse);
  }

  /** Replaces the providers. The lists of providers that stay are kept. */
  use({ providers, weights, models }: ProvidersInUse): void {
    const { options } = this;
    const before = this.lists;
    this.providers = providers;
    this.lists = new Map(providers.map((provider) => [provider, before.get(provider) ?? emptyList()]));
    const byName = new Map(providers.map((provider) => [provider.name, provider]));
    const listOf = (name: string) => {
      const provider = byName.get(name);
      return provider === undefined ? null : this.list(provider).ids;
    };
    const firstListed = () =>
      providers.map((provider) => this.list(provider).models?.[0]?.id).find((id) => id !== undefined);
    this.known = {
      providers: providers.map((provider) => provider.name),
      modelsOf: listOf,
      weights,
      aliases: options.aliases,
      routes: models,
      get defaultModel() {
        return options.defaultModel ?? firstListed() ?? null;
      },
      unknownModels: options.unknownModels,
    };
  }

  /** Where to send a request for a model. Throws `model_not_found`. */
  async plan(name: string): Promise<ModelPlan> {
    if (!this.isKnownName(name)) await this.fetchOlderThan(refetchAfterMs);
    else void this.fetchOlderThan(this.options.listTtlMs);
    return planModel(name, this.known);
  }

  /** Where to send texts that are embedded. */
  planEmbedding(name: string): ModelPlan {
    return planEmbedding(name, this.known);
  }

  /** Where to send a request for images; null: to the first listed model that makes images. Throws `model_refused` where there is none. */
  async planImages(name: string | null): Promise<ModelPlan> {
    const makers = this.providers.filter(({ makesImages }) => makesImages === true);
    await this.fetchOlderThan(name === null ? refetchAfterMs : this.options.listTtlMs);
    const named = name ?? this.firstImageModel(makers);
    return planImages(named, this.known, new Set(makers.map(({ name: maker }) => maker)));
  }

  private firstImageModel(makers: readonly Provider[]): string | null {
    for (const maker of makers)
      for (const { id } of this.list(maker).models ?? [])
        if (maker.factsOf?.(id)?.makesImages === true) return `${maker.name}/${id}`;
    return null;
  }

  /** Whether a provider lists the model. Metrics name listed models only, which bounds their number. */
  isListed({ provider, model }: Candidate): boolean {
    return this.known.modelsOf(provider)?.has(model) === true;
  }

  /**
   * The models that can be requested, by their names in requests: those of the providers, then the operator's own names. `isOn` says whether a provider gets requests.
   */
  async models(isOn: (provider: string) => boolean = () => true): Promise<ListedModel[]> {
    await this.fetchOlderThan(this.options.listTtlMs);
    const first = this.defaultCandidate();
    const isDefault = (provider: string, model: string) =>
      first?.provider === provider && first.model === model;
    const serving = this.providers.filter(({ name }) => isOn(name));
    const listed = serving.flatMap((provider) =>
      (this.list(provider).models ?? []).map((model) => ({
        id: this.providers.length === 1 ? model.id : `${provider.name}/${model.id}`,
        provider: provider.name,
        createdAt: model.createdAt,
        isDefault: isDefault(provider.name, model.id),
        ...knownAt(provider, model.id),
      })),
    );
    const ownNames = new Set([...this.known.routes.keys(), ...this.known.aliases.keys()]);
    const named = [...ownNames].flatMap((id) => this.named(id, isOn));
    const taken = new Set(named.map(({ id }) => id));
    return [...listed.filter(({ id }) => !taken.has(id)), ...named];
  }

  /** A name of the operator's own, unless it leads to no model. */
  private named(id: string, isOn: (provider: string) => boolean): ListedModel[] {
    const targets = this.targetsOf(id, isOn);
    const known = targets.flatMap(({ provider, model }) => {
      const serving = this.providers.find(({ name }) => name === provider);
      return serving === undefined ? [] : [knownAt(serving, model)];
    });
    const [target] = targets;
    if (target === undefined) return [];
    return [{ id, provider: target.provider, createdAt: 0, isDefault: false, ...knownOfAll(known) }];
  }

  /** Where a name leads as long as no fallback is needed. */
  private targetsOf(name: string, isOn: (provider: string) => boolean): readonly Candidate[] {
    try {
      const { group, fallback } = planModel(name, this.known);
      const serving = group.filter(({ provider }) => isOn(provider));
      return serving.length > 0 ? serving : fallback.filter(({ provider }) => isOn(provider));
    } catch (error) {
      if (error instanceof AppError && error.code === 'model_not_found') return [];
      throw error;
    }
  }

  private defaultCandidate(): Candidate | null {
    const name = this.known.defaultModel;
    if (name === null) return null;
    const { group, fallback } = planModel(name, this.known);
    return group[0] ?? fallback[0] ?? null;
  }

  private isKnownName(name: string): boolean {
    const asked = this.known.aliases.get(name) ?? name;
    const slash = asked.indexOf('/');
    return this.known.providers.some(
      (provider) =>
        this.known.modelsOf(provider)?.has(asked) === true ||
        (asked.slice(0, slash) === provider &&
          this.known.modelsOf(provider)?.has(asked.slice(slash + 1)) === true),
    );
  }

  /** Fetches the lists that are older than this, with one request for all callers. After a failure the old list stays. */
  private async fetchOlderThan(ageMs: number): Promise<void> {
    const fetches: Promise<void>[] = [];
    for (const provider of this.providers) {
      const list = this.list(provider);
      if (list.fetching === null && this.nowMs() - list.askedAtMs >= ageMs) {
        list.askedAtMs = this.nowMs();
        list.fetching = this.fetch(provider, list).finally(() => (list.fetching = null));
      }
      if (list.fetching !== null) fetches.push(list.fetching);
    }
    await Promise.all(fetches);
  }

  private async fetch(provider: Provider, list: ModelList): Promise<void> {
    try {
      const models = await provider.listModels(AbortSignal.timeout(this.options.listTimeoutMs));
      list.models = models;
      list.ids = new Set(models.map((model) => model.id));
      if (list.isFailing)
        this.logger?.info(
          { provider: provider.name },
          'the list of models of the provider can be read again',
        );
      list.isFailing = false;
    } catch (error) {
      // Not every server lists its models. The provider checks names that cannot be checked here.
      if (!list.isFailing)
        this.logger?.warn(
          { provider: provider.name, reason: AppError.from(error).message },
          list.models === null
            ? 'the list of models of the provider cannot be read, so it is left out of GET /v1/models; the providers file can name its models'
            : 'the list of models of the provider cannot be read, so the last one is used',
        );
      list.isFailing = true;
    }
  }

  private list(provider: Provider): ModelList {
    const list = this.lists.get(provider);
    if (list === undefined) throw new Error(`no list for ${provider.name}`);
    return list;
  }
}

function emptyList(): ModelList {
  return { models: null, ids: null, askedAtMs: Number.NEGATIVE_INFINITY, fetching: null, isFailing: false };
}

const noModels: KnownModels = {
  providers: [],
  modelsOf: () => null,
  weights: new Map(),
  aliases: new Map(),
  routes: new Map(),
  defaultModel: null,
  unknownModels: 'refuse',
};
