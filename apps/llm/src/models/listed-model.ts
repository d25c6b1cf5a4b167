import type { ModelInfo } from '@antiphon/contracts';
import type { Provider } from '../providers/provider.ts';
import { factsOfAll, type KnownModel } from './model-facts.ts';

/** A model that can be requested, with what is known of it. */
export interface ListedModel extends ModelInfo, KnownModel {}

/** What is known of a model at a provider. */
export function knownAt(provider: Provider, model: string): KnownModel {
  return { facts: provider.factsOf?.(model) ?? null, prices: provider.pricesOf?.(model) ?? null };
}

/** What holds wherever a request is answered. Prices are those of a single model: a route over several has none. */
export function knownOfAll(targets: readonly KnownModel[]): KnownModel {
  return {
    facts: factsOfAll(targets.map(({ facts }) => facts)),
    prices: targets.length === 1 ? (targets[0]?.prices ?? null) : null,
  };
}

/** The model of a name, also with its provider's prefix where the list has none, and without it where the list has one. */
export function findListed(models: readonly ListedModel[], name: string): ListedModel | undefined {
  return (
    models.find(({ id }) => id === name) ??
    models.find(({ id, provider }) => name === `${provider}/${id}` || id === `${provider}/${name}`)
  );
}
