import { countLimit, durationLimit } from '@antiphon/service-kit';

/** The limits of this service alone. */
export const workerLimits = {
  sweeper: {
    interval: durationLimit('5s', 'How often orphaned runs and outdated data are looked for.'),
    rows_max: countLimit(5000, { min: 1 }, 'Rows of each kind that are removed at a time.'),
  },
};
