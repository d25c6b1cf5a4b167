import type { ConditionalPrice, MatchLogic, ModelInfo, ModelPrice } from '@pydantic/genai-prices';
import { nameForms } from './name-forms.ts';
import type { ModelPrices, Rate } from './model-facts.ts';

/** A model in a provider's list of prices. */
export interface PricedModel {
  match: MatchLogic;
  contextWindow: number | null;
  /** One entry, or several of which the last whose condition holds counts. */
  prices: readonly { since: Constraint | null; prices: ModelPrices | null }[];
}

type Constraint = NonNullable<ConditionalPrice['constraint']>;

/** What is needed of a row of the data package. */
export function readRow({ match, context_window: contextWindow, prices }: ModelInfo): PricedModel {
  const entries: ConditionalPrice[] = Array.isArray(prices) ? prices : [{ prices }];
  return {
    match,
    contextWindow: contextWindow ?? null,
    prices: entries.map((entry) => ({ since: entry.constraint ?? null, prices: readPrices(entry.prices) })),
  };
}

/** The row of a model: each form of its name is tried with all rows before the next one. */
export function findPriced(rows: readonly PricedModel[], model: string): PricedModel | null {
  for (const form of nameForms(model)) {
    const row = rows.find(({ match }) => matches(match, form));
    if (row !== undefined) return row;
  }
  return null;
}

/** The prices that hold at a time. */
export function pricesAt({ prices }: PricedModel, now: Date): ModelPrices | null {
  return prices.findLast(({ since }) => since === null || holds(since, now))?.prices ?? null;
}

function readPrices(price: ModelPrice): ModelPrices | null {
  const input = readRate(price['input_mtok']);
  const output = readRate(price['output_mtok']);
  if (input === null) return null;
  // Models for embeddings have no output.
  return {
    input,
    output: output ?? 0,
    cachedInput: readRate(price['cache_read_mtok']),
    cacheWrite: readRate(price['cache_write_mtok']),
  };
}

function readRate(rate: ModelPrice[string]): Rate | null {
  if (rate === undefined || typeof rate === 'number') return rate ?? null;
  return { base: rate.base, tiers: rate.tiers.map(({ start, price }) => ({ above: start, price })) };
}

function matches(logic: MatchLogic, name: string): boolean {
  if ('equals' in logic) return name === logic.equals.toLowerCase();
  if ('starts_with' in logic) return name.startsWith(logic.starts_with.toLowerCase());
  if ('ends_with' in logic) return name.endsWith(logic.ends_with.toLowerCase());
  if ('contains' in logic) return name.includes(logic.contains.toLowerCase());
  if ('regex' in logic) return new RegExp(logic.regex).test(name);
  if ('and' in logic) return logic.and.every((part) => matches(part, name));
  return logic.or.some((part) => matches(part, name));
}

/** A date from which prices hold, or a part of each day. */
function holds(constraint: Constraint, now: Date): boolean {
  if ('start_date' in constraint) return now.getTime() >= Date.parse(constraint.start_date);
  const time = now.toISOString().slice(11, 19);
  const [from, to] = [constraint.start_time.slice(0, 8), constraint.end_time.slice(0, 8)];
  return from <= to ? time >= from && time < to : time >= from || time < to;
}
