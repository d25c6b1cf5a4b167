import { AppError, defaultModelName } from '@antiphon/contracts';
import type { ModelRoute } from '../../provider-config/provider-settings.ts';
import { type Candidate, keyOf, type ModelPlan } from './candidate.ts';

export type UnknownModels = 'refuse' | 'default' | 'pass';

/** The data for looking up the name of a model. */
export interface KnownModels {
  /** The names of the providers, the one that serves by default first. */
  providers: readonly string[];
  /** The models that a provider lists; null while its list could not be fetched. */
  modelsOf(provider: string): ReadonlySet<string> | null;
  /** The shares of providers that serve the same model; 1 for others. */
  weights: ReadonlyMap<string, number>;
  /** Other names for models, each a `provider/model`, a bare name or a name of the operator. */
  aliases: ReadonlyMap<string, string>;
  /** The operator's names. Their models need not be listed. */
  routes: ReadonlyMap<string, ModelRoute>;
  /** The default model; null where none is configured and no provider lists any. */
  defaultModel: string | null;
  /** The answer to an unknown name: an error, the default model, or the name as it is to the provider of its prefix or the default one. */
  unknownModels: UnknownModels;
}

/**
 * Where a model may be requested: by a name of the operator, `provider/model`, a bare name, or an alias of these. A bare name that several providers
 * list is a group. Throws `model_not_found`.
 */
export function planModel(name: string, known: KnownModels): ModelPlan {
  const named = name === defaultModelName ? (known.defaultModel ?? name) : name;
  const plan = planOf(named, known);
  if (plan !== null) return plan;
  if (known.unknownModels === 'default' && known.defaultModel !== null) {
    const fallback = planOf(known.defaultModel, known);
    if (fallback !== null) return fallback;
  }
  const asked = aliasedName(named, known);
  const unverified =
    known.unknownModels === 'pass' ? trustedCandidate(asked, known) : unverifiedCandidate(asked, known);
  if (unverified !== null) return planFor([unverified]);
  throw new AppError(
    'model_not_found',
    `The model "${name.slice(0, 200)}" does not exist; GET /v1/models lists those that do`,
    { param: 'model' },
  );
}

/**
 * Where texts may be embedded. Not every provider lists its embedding models, so the provider checks the name. Vectors of different models cannot be
 * compared, so all candidates have one model's name. Throws `model_not_found` where there is no provider.
 */
export function planEmbedding(name: string, known: KnownModels): ModelPlan {
  const asked = aliasedName(name, known);
  const route = known.routes.get(asked);
  const plan =
    route === undefined
      ? planFor(listedCandidates(asked, known) ?? trustedCandidates(asked, known))
      : planRoute(asked, route, known, new Set());
  const first = plan.group[0] ?? plan.fallback[0];
  if (first === undefined)
    throw new AppError('model_not_found', 'No configured provider offers embeddings', { param: 'model' });
  const ofModel = ({ model }: Candidate) => model === first.model;
  return { ...plan, group: plan.group.filter(ofModel), fallback: plan.fallback.filter(ofModel) };
}

function planOf(name: string, known: KnownModels): ModelPlan | null {
  const asked = aliasedName(name, known);
  const route = known.routes.get(asked);
  if (route !== undefined) {
    const plan = planRoute(asked, route, known, new Set());
    return plan.group.length + plan.fallback.length > 0 ? plan : null;
  }
  const isTrusted = name === known.defaultModel || asked === known.defaultModel;
  const group = listedCandidates(asked, known) ?? (isTrusted ? trustedCandidates(asked, known) : []);
  return group.length > 0 ? planFor(group) : null;
}

/** The name behind an alias. */
export function aliasedName(name: string, known: KnownModels): string {
  return known.routes.has(name) ? name : (known.aliases.get(name) ?? name);
}

/** A plan with one group of equal candidates. */
export function planFor(group: readonly Candidate[]): ModelPlan {
  return { group, fallback: [], select: 'weighted', fallbackOn: [] };
}

/** The plan of an operator's name. `within`: the operator's names that lead here. A name that leads to itself means the provider's model of that name. */
export function planRoute(
  name: string,
  { route, fallback, select, fallbackOn }: ModelRoute,
  known: KnownModels,
  within: ReadonlySet<string>,
): ModelPlan {
  const names = new Set([...within, name]);
  const candidatesOf = (to: string): readonly Candidate[] => {
    const nested = names.has(to) ? undefined : known.routes.get(to);
    if (nested === undefined) return listedCandidates(to, known) ?? trustedCandidates(to, known);
    const plan = planRoute(to, nested, known, names);
    return [...plan.group, ...plan.fallback];
  };
  const taken = new Set<string>();
  const isNew = (candidate: Candidate) => {
    const isFirst = !taken.has(keyOf(candidate));
    taken.add(keyOf(candidate));
    return isFirst;
  };
  const group = route.flatMap(({ to, weight }) => shared(candidatesOf(to), weight)).filter(isNew);
  return { group, fallback: fallback.flatMap(candidatesOf).filter(isNew), select, fallbackOn };
}

/** The candidates of one target, which share its weight. */
function shared(candidates: readonly Candidate[], weight: number): Candidate[] {
  const total = candidates.reduce((sum, candidate) => sum + candidate.weight, 0);
  return candidates.map((candidate) => ({ ...candidate, weight: (weight * candidate.weight) / total }));
}

/**
 * The providers that list the model; null where none does. Names may hold slashes of their own (`meta-llama/llama-3`), so the whole name is tried too:
 * first at the provider of its prefix, and last at the others, since a proxy may list `openai/gpt-5` beside a provider `openai`.
 */
export function listedCandidates(name: string, known: KnownModels): Candidate[] | null {
  const lists = (provider: string, model: string) => known.modelsOf(provider)?.has(model) === true;
  const prefixed = splitPrefix(name, known);
  if (prefixed !== null) {
    if (lists(prefixed.provider, name)) return [{ ...prefixed, model: name }];
    if (lists(prefixed.provider, prefixed.model)) return [prefixed];
    if (known.providers.length > 1 && known.modelsOf(prefixed.provider) === null) return [prefixed];
  }
  const listing = known.providers.filter((provider) => lists(provider, name));
  return listing.length > 0 ? listing.map((provider) => candidateAt(provider, name, known)) : null;
}

/** For a name that the operator chose: no provider needs to list it. */
function trustedCandidate(name: string, known: KnownModels): Candidate | null {
  const [provider] = known.providers;
  return splitPrefix(name, known) ?? (provider === undefined ? null : candidateAt(provider, name, known));
}

/** The candidate for a name that need not be listed; none where there is no provider. */
export function trustedCandidates(name: string, known: KnownModels): Candidate[] {
  const candidate = trustedCandidate(name, known);
  return candidate === null ? [] : [candidate];
}

/** While a provider's list is not available, it checks its names itself: those with its prefix, and bare ones where it is the default provider. */
function unverifiedCandidate(name: string, known: KnownModels): Candidate | null {
  const candidate = trustedCandidate(name, known);
  return candidate !== null && known.modelsOf(candidate.provider) === null ? candidate : null;
}

/** The provider and the model of `provider/model`; null for other names. */
export function splitPrefix(name: string, known: KnownModels): Candidate | null {
  const slash = name.indexOf('/');
  const provider = name.slice(0, slash);
  if (slash < 1 || !known.providers.includes(provider) || slash === name.length - 1) return null;
  return candidateAt(provider, name.slice(slash + 1), known);
}

function candidateAt(provider: string, model: string, known: KnownModels): Candidate {
  return { provider, model, weight: known.weights.get(provider) ?? 1 };
}
