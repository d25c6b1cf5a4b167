import type { findProvider } from '@pydantic/genai-prices';
import type { ModelConfig } from 'llm-zoo';
import { priceLists } from '../presets/provider-table.ts';
import { claudeFacts } from '../protocols/claude/claude-models.ts';
import { type KnownModel, type ModelFacts, unknownFacts } from './model-facts.ts';
import { nameFormsOfAnyVariant } from './name-forms.ts';
import { makesImagesOf } from './image-models.ts';
import { findPriced, type PricedModel, pricesAt, readRow } from './price-list.ts';
import { hasJsonSchemaOf } from './schema-models.ts';

/**
 * What two data packages know of models: `@pydantic/genai-prices` has the prices and context windows of each provider, `llm-zoo` the abilities,
 * windows and output limits of each maker's models. A window at the provider itself counts more than the maker's.
 */
export interface ModelData {
  /**
   * A model by its provider's name for it. `priceList` names the provider's list of prices (`provider-table.ts`). Without one the model runs on
   * a server of its own, whose limits and prices only the operator knows. Null for facts and prices that are unknown.
   */
  find(priceList: string | null, model: string, now: Date): KnownModel;
}

let loading: Promise<ModelData> | undefined;

/** Reads the packages at the first call: they take 0.1 s and 4 MB, which a service without providers does without. */
export function loadModelData(): Promise<ModelData> {
  loading ??= readPackages();
  return loading;
}

async function readPackages(): Promise<ModelData> {
  const [prices, zoo] = await Promise.all([import('@pydantic/genai-prices'), import('llm-zoo/providers')]);
  const lists = readPriceLists(prices.findProvider);
  const flags = readFlags(zoo);
  return {
    find: (priceList, model, now) => {
      const priced = findPriced((priceList === null ? undefined : lists.get(priceList)) ?? [], model);
      const forms = nameFormsOfAnyVariant(model);
      const flagged = forms.map((form) => flags.get(form)).find((found) => found !== undefined);
      const facts: ModelFacts = {
        ...(flagged ?? unknownFacts),
        hasJsonSchema: hasJsonSchemaOf(forms),
        ...claudeFactsOf(forms),
        makesImages: makesImagesOf(forms),
      };
      if (priceList === null) Object.assign(facts, noLimits);
      else facts.contextWindow = priced?.contextWindow ?? facts.contextWindow;
      const isKnown = Object.values(facts).some((fact) => fact !== null);
      return { facts: isKnown ? facts : null, prices: priced && pricesAt(priced, now) };
    },
  };
}

/** What requests to Claude depend on has a table of its own, with its sources. */
function claudeFactsOf(forms: readonly string[]): Partial<ModelFacts> | null {
  const name = forms.find((form) => form.startsWith('claude-'));
  if (name === undefined) return null;
  const { outputMax, outputSchemas, thinking } = claudeFacts(name);
  return { outputTokensMax: outputMax, hasJsonSchema: outputSchemas, hasReasoning: thinking !== 'none' };
}

const noLimits = { contextWindow: null, outputTokensMax: null } satisfies Partial<ModelFacts>;

function readPriceLists(find: typeof findProvider): ReadonlyMap<string, readonly PricedModel[]> {
  const rowsOf = (id: string) => find({ providerId: id })?.models.map(readRow) ?? [];
  return new Map(
    priceLists.map((id) => {
      const others = find({ providerId: id })?.fallback_model_providers ?? [];
      return [id, [id, ...others].flatMap(rowsOf)];
    }),
  );
}

/** Rows of retired models are left out: they are not kept up. A model that reasons on request has a row with reasoning and one without. */
function readFlags(zoo: object): ReadonlyMap<string, ModelFacts> {
  const models = Object.entries(zoo as Record<string, Record<string, ModelConfig>>) // by its documentation
    .filter(([name]) => name.endsWith('_MODELS'))
    .flatMap(([, group]) => Object.values(group))
    .filter(({ retired }) => retired !== true);
  const flags = new Map<string, ModelFacts>();
  for (const model of models) {
    const facts: ModelFacts = {
      contextWindow: model.contextWindow,
      outputTokensMax: model.maxOutputTokens,
      hasTools: model.capabilities.supportsFunctionCalling,
      hasVision: model.capabilities.supportsVision,
      hasJsonSchema: null,
      hasReasoning: model.capabilities.supportsReasoning,
      makesImages: null,
    };
    for (const name of new Set([model.fullName, model.shortName].map((given) => given.toLowerCase()))) {
      const other = flags.get(name);
      flags.set(name, { ...facts, hasReasoning: facts.hasReasoning || other?.hasReasoning === true });
    }
  }
  return flags;
}
