import { bytesLimit, countLimit, durationLimit } from '@antiphon/service-kit';

/** The limits of responses, wherever they run, and of webhooks, which several services share. */
export const responseLimits = {
  runs: {
    tool_calls_max: countLimit(64, { min: 1 }, 'Tool calls of one run.'),
    parallel_tools_max: countLimit(8, { min: 1 }, 'Tools that one run calls at the same time.'),
    turn_attempts_max: countLimit(
      3,
      { min: 1, max: 10 },
      'Attempts at one turn whose answer breaks off before a client has read any of it.',
    ),
    model_wait: durationLimit('10s', 'How long a turn waits for an llm service that is away.'),
    history_responses_max: countLimit(200, { min: 1 }, 'Responses of a chain that are read as history.'),
    history_items_max: countLimit(2000, { min: 1 }, 'Items of a conversation that are read as history.'),
    pause_max: durationLimit('720h', 'How long a paused run waits for a decision.'),
    tool_head_start: durationLimit(
      '2s',
      'How long a run that got its tool outputs is left to the holder of its stream before a worker claims it.',
    ),
    tool_list_timeout: durationLimit('10s', 'How long the list of tools may take.'),
    tool_list_cache: durationLimit('5s', 'How long the list of tools is reused.'),
    background_attempts_max: countLimit(5, { min: 1 }, 'Workers that may try one background run.'),
    background_retry_wait: durationLimit(
      '5s',
      'The wait of a background run after a part of the system was unavailable; it doubles each further time, up to lease_duration.',
    ),
    lease_duration: durationLimit('30s', 'How long a lost process keeps a run.'),
    lease_heartbeat: durationLimit('5s', 'How often a process renews the lease of its run.'),
    idempotency_retention: durationLimit('24h', 'How long idempotency keys are kept.'),
  },
  event_log: {
    flush_interval: durationLimit(
      '50ms',
      'How long events of a background stream wait to be written together.',
    ),
    buffer_bytes: bytesLimit(
      '1MiB',
      { min: 1 },
      'Bytes of events that may wait for a slow database before the run waits too.',
    ),
    poll_interval: durationLimit('1s', 'How often a reader looks for new events without a signal.'),
  },
  answer_cache: {
    retention: durationLimit(
      '30m',
      'How long an answer is given again to an equal request of the same caller.',
    ),
    answers_max: countLimit(200, { min: 1 }, 'Answers that are kept for each caller.'),
  },
  webhooks: {
    endpoints_max: countLimit(20, { min: 1 }, 'Endpoints that one user may register.'),
    attempts_kept: countLimit(
      20,
      { min: 1, max: 1000 },
      'Attempts that are kept with a delivery, the last ones.',
    ),
    secret_overlap: durationLimit('24h', 'How long a replaced secret goes on signing beside the new one.'),
    retry_after_max: durationLimit('1h', 'The longest Retry-After of a receiver that is honoured.'),
    concurrency_max: countLimit(32, { min: 1, max: 1000 }, 'Deliveries at the same time from one worker.'),
    host_concurrency_max: countLimit(
      2,
      { min: 1, max: 1000 },
      'Deliveries at the same time to one host from all workers.',
    ),
    host_failures_max: countLimit(
      5,
      { min: 1, max: 1000 },
      'Failures in a row after which a host that cannot be connected to, or a receiver that answers with errors, rests.',
    ),
    host_rest: durationLimit('30s', 'How long it rests the first time; it doubles each further time.'),
    host_rest_max: durationLimit('10m', 'The longest rest.'),
    disable_after: durationLimit(
      '5d',
      "How long an endpoint's deliveries may all fail before the endpoint is disabled.",
    ),
  },
};
