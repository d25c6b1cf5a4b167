import { bytesLimit, countLimit, durationLimit, durationsByName } from '@antiphon/service-kit';

/** The limits of this service alone. */
export const llmLimits = {
  providers: {
    model_list_ttl: durationLimit('5m', "How long a provider's list of models is reused."),
    model_list_timeout: durationLimit('5s', "How long fetching a provider's list of models may take."),
    connect_timeout: durationLimit('5s', 'How long a connection to a provider may take.'),
    first_byte_timeout: durationLimit(
      '10m',
      'How long a provider may take to send the headers of its answer; models may think in silence for minutes.',
    ),
    silence_timeout: durationLimit('10m', 'How long a provider may be silent within its answer.'),
    silence_timeout_by_model: durationsByName(
      'Both of the last two for single models, as model=duration; * stands for any characters, and the first match wins: [o3-deep-research*=30m].',
    ),
    attempts_max: countLimit(3, { min: 1, max: 10 }, 'Attempts at one model call before its first token.'),
    backoff_min: durationLimit(
      '500ms',
      'The wait before the second attempt; it doubles with each further one.',
    ),
    backoff_max: durationLimit('8s', 'The longest wait between two attempts.'),
    retry_after_max: durationLimit('30s', 'The longest Retry-After of a provider that is honoured.'),
    concurrency_max: countLimit(1024, { min: 1 }, 'Model calls at the same time.'),
    answer_bytes_max: bytesLimit('32MiB', { min: 1024 }, 'The size of one answer of a provider.'),
  },
};
