/** The texts of the timeline of a run. */
export const timelineTexts = {
  'timeline.form': 'Form of the timeline',
  'timeline.form.timeline': 'Timeline',
  'timeline.form.compact': 'Compact',
  'timeline.form.history': 'History',
  'timeline.moment.asked': 'Model asked',
  'timeline.moment.answered': 'Model answered',
  'timeline.moment.broke': 'Answer broke off',
  'timeline.moment.waited': 'Approval requested',
  'timeline.moment.decided': 'Decided',
  'timeline.moment.started': 'Call started',
  'timeline.moment.ended': 'Call ended',
  'timeline.moment.failed': 'Call failed',
} as const satisfies Record<string, string>;
