import { countLimit, durationLimit } from '@antiphon/service-kit';

/** The limits of this service alone. */
export const authLimits = {
  accounts: {
    refresh_reuse_grace: durationLimit(
      '10s',
      'How long a used refresh token still answers with its successor, for a client that lost the answer.',
    ),
    signing_key_rotation: durationLimit('30d', 'How long one key signs; longer than signing_key_lead.'),
    signing_key_lead: durationLimit(
      '1d',
      'How long a key is published before it signs; at least jwks_max_age and signing_key_reload together.',
    ),
    signing_key_reload: durationLimit(
      '1m',
      'How often an instance looks for keys that another instance made.',
    ),
    jwks_max_age: durationLimit('5m', 'How long a reader may keep the published keys.'),
    reap_interval: durationLimit('10m', 'How often guests without activity are removed.'),
    reap_batch: countLimit(500, { min: 1, max: 10_000 }, 'Guests that are removed at a time.'),
    console_session: durationLimit(
      '7d',
      'How long a login of the console lasts; its renewals do not prolong it.',
    ),
    api_keys_max: countLimit(20, { min: 1, max: 10_000 }, 'API keys of one user.'),
  },
  usage: {
    kept_for: durationLimit('400d', 'How long the usage of runs is kept.'),
    gather: durationLimit('100ms', 'How long the count of a run waits for others, to be written together.'),
  },
};
