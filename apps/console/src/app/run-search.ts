export const runTabs = ['timeline', 'events', 'request', 'response', 'decisions', 'webhooks'] as const;
export type RunTab = (typeof runTabs)[number];

export const timelineForms = ['timeline', 'compact', 'history'] as const;
/** `timeline`: a tree of turns and calls; `compact`: a line for each turn; `history`: what happened, one after the other. */
export type TimelineForm = (typeof timelineForms)[number];

/** What the address says of a run's page: the tab, the form of the timeline, and what is selected. */
export interface RunSearch {
  tab?: RunTab | undefined;
  form?: TimelineForm | undefined;
  item?: string | undefined;
}

/** Values that the page does not know are left out. */
export function readRunSearch({ tab, form, item }: Record<string, unknown>): RunSearch {
  const knownTab = runTabs.find((name) => name === tab);
  const knownForm = timelineForms.find((name) => name === form);
  return {
    ...(knownTab && { tab: knownTab }),
    ...(knownForm && { form: knownForm }),
    ...(typeof item === 'string' && { item }),
  };
}
