import { type Candidate, keyOf, type ModelPlan } from './candidate.ts';

/** What the order of candidates depends on. Null where it is unknown. */
export interface CandidateView {
  /** Whether the candidate should get requests now: neither the model nor its provider is in cooldown. */
  isReady(candidate: Candidate): boolean;
  /** Requests in progress. */
  load(candidate: Candidate): number;
  /** The price of a request, in any unit that all candidates have in common. */
  price(candidate: Candidate): number | null;
  /** The usual time until the first output. */
  latencyMs(candidate: Candidate): number | null;
}

/**
 * The order in which a round asks the candidates: the group by its selection, then the fallback. Candidates that are not ready are last, in the same
 * order. `random` is from 0 up to 1.
 */
export function orderRound(
  { group, fallback, select, avoid }: ModelPlan,
  view: CandidateView,
  random: () => number,
): readonly Candidate[] {
  if (group.length === 1 && fallback.length === 0) return group;
  const all = [...orderGroup(group, select, view, random), ...fallback];
  const ready = all.filter((candidate) => view.isReady(candidate) && avoid?.has(keyOf(candidate)) !== true);
  return ready.length === all.length
    ? all
    : [...ready, ...all.filter((candidate) => !ready.includes(candidate))];
}

function orderGroup(
  group: readonly Candidate[],
  select: ModelPlan['select'],
  view: CandidateView,
  random: () => number,
): readonly Candidate[] {
  switch (select) {
    case 'order':
      return group;
    case 'weighted':
      return drawn(group, random);
    case 'least_busy':
      return byLeast(drawn(group, random), (candidate) => view.load(candidate) / candidate.weight);
    case 'lowest_price':
      return byLeast(drawn(group, random), (candidate) => view.price(candidate) ?? Infinity);
    case 'lowest_latency':
      // Candidates without a measurement come first, so that each gets one.
      return byLeast(drawn(group, random), (candidate) => view.latencyMs(candidate) ?? 0);
  }
}

/** Draws by weight without replacement: each candidate is first with the probability of its share (Efraimidis and Spirakis 2006). */
function drawn(group: readonly Candidate[], random: () => number): Candidate[] {
  const keyed = group.map((candidate) => ({ candidate, key: -Math.log(1 - random()) / candidate.weight }));
  return keyed.sort((one, other) => one.key - other.key).map(({ candidate }) => candidate);
}

function byLeast(candidates: readonly Candidate[], measure: (candidate: Candidate) => number): Candidate[] {
  const measured = candidates.map((candidate) => ({ candidate, value: measure(candidate) }));
  // Infinity minus Infinity is not a number, so the values are compared.
  return measured
    .sort((one, other) => (one.value < other.value ? -1 : one.value > other.value ? 1 : 0))
    .map(({ candidate }) => candidate);
}
