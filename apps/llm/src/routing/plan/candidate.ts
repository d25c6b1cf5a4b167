/** A model at a provider that may answer a request. */
export interface Candidate {
  provider: string;
  /** The provider's own name for it. */
  model: string;
  /** Its share of the requests of its group. */
  weight: number;
}

/** Identifies a candidate in maps. */
export function keyOf({ provider, model }: Pick<Candidate, 'provider' | 'model'>): string {
  return `${provider}/${model}`;
}

/** How the candidates of a group are ordered. */
export const selections = ['weighted', 'order', 'least_busy', 'lowest_price', 'lowest_latency'] as const;
export type Selection = (typeof selections)[number];

/** Further reasons for asking the next candidate, which a route may add. */
export const fallbackReasons = ['content_filter'] as const;
export type FallbackReason = (typeof fallbackReasons)[number];

/** Where a request may go. */
export interface ModelPlan {
  /** Not empty, unless there is a fallback. */
  group: readonly Candidate[];
  /** In this order, after the group. */
  fallback: readonly Candidate[];
  select: Selection;
  fallbackOn: readonly FallbackReason[];
  /** The keys of candidates that come last in a round. */
  avoid?: ReadonlySet<string>;
}
