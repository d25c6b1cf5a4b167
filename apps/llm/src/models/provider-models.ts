import { LRUCache } from 'lru-cache';
import type { ModelData } from './model-data.ts';
import { type KnownModel, type ModelFacts, type ModelPrices, unknownFacts } from './model-facts.ts';

/** What the operator states about the models of a provider, by the provider's names. */
export interface StatedModels {
  /** They replace single facts of the data. */
  facts: Readonly<Record<string, Partial<ModelFacts>>>;
  /** They replace all prices of a model. */
  prices: Readonly<Record<string, ModelPrices>>;
}

/** Names come from requests, so those that are remembered are bounded. */
const namesMax = 500;
/** No model has a longer name, and the data has patterns that are slow on long ones. */
const nameLengthMax = 200;
/** Prices may change at a date. */
const rememberedMs = 60_000;

/** What is known of the models of one provider: the data of the packages under the operator's statements. */
export class ProviderModels {
  private readonly known = new LRUCache<string, KnownModel>({ max: namesMax, ttl: rememberedMs });

  constructor(
    private readonly data: ModelData,
    private readonly priceList: string | null,
    private readonly stated: StatedModels,
  ) {}

  /** Null where nothing is known. */
  readonly factsOf = (model: string): ModelFacts | null => this.find(model).facts;

  /** Null where the prices are unknown. */
  readonly pricesOf = (model: string): ModelPrices | null => this.find(model).prices;

  private find(model: string): KnownModel {
    const remembered = this.known.get(model);
    if (remembered !== undefined) return remembered;
    if (model.length > nameLengthMax) return { facts: null, prices: null };
    const { facts, prices } = this.data.find(this.priceList, model, new Date());
    const statedFacts = own(this.stated.facts, model);
    const known: KnownModel = {
      facts: statedFacts === undefined ? facts : { ...(facts ?? unknownFacts), ...statedFacts },
      prices: own(this.stated.prices, model) ?? prices,
    };
    this.known.set(model, known);
    return known;
  }
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
