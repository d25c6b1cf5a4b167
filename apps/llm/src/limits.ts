import { bytesLimit, countLimit, durationLimit, durationsByName, type Limit } from '@antiphon/service-kit';
import { z } from 'zod';

/** The name of a model; null where the file says `first`. */
function modelSetting(about: string): Limit<string | null> {
  const schema = z.unknown().transform((value, context) => {
    if (typeof value === 'string' && value !== '') return value === 'first' ? null : value;
    context.addIssue(`must be the name of a model, got ${JSON.stringify(value)}`);
    return z.NEVER;
  });
  return { fallback: 'first', about, allowed: null, schema };
}

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
    attempts_max: countLimit(
      3,
      { min: 1, max: 10 },
      'Attempts at each provider of a model for one model call, before its first token.',
    ),
    attempts_total_max: countLimit(
      12,
      { min: 1, max: 100 },
      'Attempts at all providers together for one model call.',
    ),
    attempts_timeout: durationLimit(
      '20m',
      'The time for all attempts at one model call, until its first token.',
    ),
    repeat_percent_max: countLimit(
      20,
      { min: 0, max: 1000 },
      'Repeated attempts at a provider in ten seconds, as a percentage of the requests to it.',
    ),
    repeats_min: countLimit(
      100,
      { min: 0, max: 100_000 },
      'Repeated attempts at a provider in ten seconds beside that percentage.',
    ),
    backoff_min: durationLimit(
      '500ms',
      'The wait before a request is repeated at a provider; it doubles with each further time.',
    ),
    backoff_max: durationLimit('8s', 'The longest wait between two attempts.'),
    retry_after_max: durationLimit('30s', 'The longest Retry-After of a provider that is honoured.'),
    rate_limit_cooldown: durationLimit(
      '5s',
      'How long a model rests after a rate limit without Retry-After. A resting model gets requests only where no other can have them.',
    ),
    account_cooldown: durationLimit(
      '1m',
      'How long a provider rests after it refused the credentials, or had no credit left.',
    ),
    breaker_failures_min: countLimit(
      5,
      { min: 1 },
      'Failures within breaker_window after which a provider rests,',
    ),
    breaker_failure_percent: countLimit(
      50,
      { min: 1, max: 100 },
      'if they are at least this percentage of its requests: no connection, server errors, overload, silence.',
    ),
    breaker_window: durationLimit('30s', 'The time in which these failures are counted.'),
    breaker_open: durationLimit(
      '15s',
      'How long a provider rests then. Afterwards one request at a time probes it.',
    ),
    concurrency_max: countLimit(1024, { min: 1 }, 'Model calls at a provider at the same time.'),
    queue_max: countLimit(
      256,
      { min: 0, max: 65_536 },
      'Model calls that wait for a place at a provider, where no provider of the model has one.',
    ),
    queue_wait: durationLimit('30s', 'How long they wait.'),
    embedding_requests_max: countLimit(
      8,
      { min: 1, max: 1024 },
      'Requests to a provider at the same time for the texts of one embedding request, where a provider takes few texts in each.',
    ),
    answer_bytes_max: bytesLimit('32MiB', { min: 1024 }, 'The size of one answer of a provider.'),
  },
  images: {
    model: modelSetting(
      'The model of requests for images that name none. first: the first listed model that makes images.',
    ),
    count_max: countLimit(10, { min: 1, max: 100 }, 'Images that one request may ask for.'),
    edit_bytes_max: bytesLimit(
      '16MiB',
      { min: 1024 },
      'The size of all images of one edit, mask included. The gateway has a limit of its own, which must be larger.',
    ),
    timeout: durationLimit('10m', 'The time for all attempts at one request, until its last image.'),
  },
};
