import { noImages } from '../../providers/images/images.ts';
import type { Candidate, ModelPlan } from './candidate.ts';
import {
  aliasedName,
  type KnownModels,
  listedCandidates,
  planFor,
  planRoute,
  splitPrefix,
  trustedCandidates,
} from './plan-model.ts';

/**
 * Where images may be made: at the providers `makers` only. Not every provider lists its models for images, so the provider checks the name. Throws
 * `model_refused` where no provider makes images, and where none of them has the model.
 */
export function planImages(name: string | null, known: KnownModels, makers: ReadonlySet<string>): ModelPlan {
  if (makers.size === 0) throw noImages('No configured provider makes images');
  if (name === null)
    throw noImages('No listed model is known to make images', {
      advice: 'name a model in the request, or set images.model in the limits file',
    });
  const asked = aliasedName(name, known);
  const makes = ({ provider }: Candidate) => makers.has(provider);
  const prefixed = splitPrefix(asked, known);
  if (prefixed !== null && !makes(prefixed) && !known.routes.has(asked))
    throw noImages(`The provider ${prefixed.provider} makes no images`, {
      advice: `name a model of ${[...makers].join(', ')}`,
    });
  const ofMakers = { ...known, providers: known.providers.filter((provider) => makers.has(provider)) };
  const route = known.routes.get(asked);
  const plan =
    route === undefined
      ? planFor(listedCandidates(asked, ofMakers) ?? trustedCandidates(asked, ofMakers))
      : planRoute(asked, route, known, new Set());
  const made = { ...plan, group: plan.group.filter(makes), fallback: plan.fallback.filter(makes) };
  if (made.group.length + made.fallback.length > 0) return made;
  throw noImages(`No provider of the model "${name.slice(0, 200)}" makes images`, {
    advice: `name a model of ${[...makers].join(', ')}, or add one to its route`,
  });
}
