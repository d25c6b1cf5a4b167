import { bytesLimit, countLimit, durationLimit } from '@antiphon/service-kit/light';

/** The limits of this service alone. */
export const gatewayLimits = {
  gateway: {
    rate_limit_buckets_max: countLimit(
      100_000,
      { min: 1 },
      'Callers whose requests are counted at the same time.',
    ),
    token_cache_max: countLimit(10_000, { min: 1 }, 'Verified tokens that are remembered.'),
    connections_max: countLimit(16_384, { min: 1 }, 'Connections at the same time.'),
    keep_alive_timeout: durationLimit('75s', 'How long an unused connection is kept.'),
    request_timeout: durationLimit('60s', 'How long the head and the body of a request may take to arrive.'),
    close_timeout: durationLimit(
      '5s',
      'How long a client may go on sending after its service has ended their WebSocket.',
    ),
    body_bytes_max: bytesLimit('64MiB', { min: 1024 }, 'The size of a body where kong.yml sets no limit.'),
  },
};
