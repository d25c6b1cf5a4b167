import { bytesLimit, countLimit, durationLimit } from '@antiphon/service-kit';

/** The limits of this service alone. */
export const workerLimits = {
  background: {
    bytes_max: bytesLimit(
      '64MiB',
      { min: 1 },
      'Bytes of responses and their histories that the background runs of one process have together. A larger one runs alone.',
    ),
    claim_max: countLimit(32, { min: 1, max: 1000 }, 'Background runs that one statement claims.'),
  },
  sweeper: {
    interval: durationLimit('5s', 'How often orphaned runs are failed and outdated data is removed.'),
    rows_max: countLimit(5000, { min: 1 }, 'Rows of each kind that are removed at a time.'),
  },
};
