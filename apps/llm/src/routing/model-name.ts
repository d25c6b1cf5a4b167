import { AppError, defaultModelName } from '@antiphon/contracts';

/** The provider of a model, and its name there. */
export interface ModelRoute {
  provider: string;
  /** The provider's own name for it. */
  model: string;
}

export type UnknownModels = 'refuse' | 'default' | 'pass';

/** The data for looking up the name of a model. */
export interface KnownModels {
  /** The names of the providers, the one that serves by default first. */
  providers: readonly string[];
  /** The models that a provider lists; null while its list could not be fetched. */
  modelsOf(provider: string): ReadonlySet<string> | null;
  /** Other names for models, each a `provider/model` or a bare name. */
  aliases: ReadonlyMap<string, string>;
  /** The default model; null where none is configured and no provider lists any. */
  defaultModel: string | null;
  /** Names whose models the operator chose, so that they need not be listed. */
  trustedAliases: ReadonlySet<string>;
  /** The answer to an unknown name: an error, the default model, or the name as it is to the provider of its prefix or the default one. */
  unknownModels: UnknownModels;
}

/** The route for a model: `provider/model`, a bare name, or an alias of either. Throws `model_not_found`. */
export function resolveModel(name: string, known: KnownModels): ModelRoute {
  const named = name === defaultModelName ? (known.defaultModel ?? name) : name;
  const asked = known.aliases.get(named) ?? named;
  const isTrusted = asked === known.defaultModel || known.trustedAliases.has(named);
  const route = routeOf(asked, known) ?? (isTrusted ? trustedRoute(asked, known) : null);
  if (route !== null) return route;

  if (known.unknownModels === 'default' && known.defaultModel !== null) {
    const fallback = known.aliases.get(known.defaultModel) ?? known.defaultModel;
    const defaultRoute = routeOf(fallback, known) ?? trustedRoute(fallback, known);
    if (defaultRoute !== null) return defaultRoute;
  }
  const unverified =
    known.unknownModels === 'pass' ? trustedRoute(asked, known) : unverifiedRoute(asked, known);
  if (unverified !== null) return unverified;
  throw new AppError(
    'model_not_found',
    `The model "${name.slice(0, 200)}" does not exist; GET /v1/models lists those that do`,
    {
      param: 'model',
    },
  );
}

/**
 * The provider that lists the model. Names may hold slashes of their own (`meta-llama/llama-3`), so the whole name is tried too: first at the provider of
 * its prefix, and last at the others, since a proxy may list `openai/gpt-5` beside a provider `openai`.
 */
function routeOf(name: string, known: KnownModels): ModelRoute | null {
  const lists = (provider: string, model: string) => known.modelsOf(provider)?.has(model) === true;
  const prefixed = splitPrefix(name, known);
  if (prefixed !== null) {
    if (lists(prefixed.provider, name)) return { provider: prefixed.provider, model: name };
    if (lists(prefixed.provider, prefixed.model)) return prefixed;
    if (known.providers.length > 1 && known.modelsOf(prefixed.provider) === null) return prefixed;
  }
  const provider = known.providers.find((candidate) => lists(candidate, name));
  return provider === undefined ? null : { provider, model: name };
}

/** For a name the operator chose: it need not be listed anywhere. */
export function trustedRoute(name: string, known: Pick<KnownModels, 'providers'>): ModelRoute | null {
  const [provider] = known.providers;
  return splitPrefix(name, known) ?? (provider === undefined ? null : { provider, model: name });
}

/** While a provider's list is not available, it checks its names itself: those with its prefix, and bare ones where it is the default provider. */
function unverifiedRoute(name: string, known: KnownModels): ModelRoute | null {
  const route = trustedRoute(name, known);
  return route !== null && known.modelsOf(route.provider) === null ? route : null;
}

function splitPrefix(name: string, known: Pick<KnownModels, 'providers'>): ModelRoute | null {
  const slash = name.indexOf('/');
  const provider = name.slice(0, slash);
  if (slash < 1 || !known.providers.includes(provider) || slash === name.length - 1) return null;
  return { provider, model: name.slice(slash + 1) };
}
