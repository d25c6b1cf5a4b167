import { architecture, jan, rules, type Requirement } from '../requirement.ts';

/** Background runs, their cancellation and their hand-over between workers. */
export const backgroundRequirements = {
  'jan-background': jan(
    'Creating Background Tasks',
    'background answers at once with status queued and queued_at as a unix time',
  ),
  'jan-background-runs': jan(
    'Polling for Status',
    'queued, then in_progress with started_at, then completed with output',
  ),
  'jan-background-store': rules(
    'where the dialects differ',
    'background with store: false is 400 "background mode requires store=true"',
  ),
  'jan-background-stream': rules('where the dialects differ', 'background ignores stream and answers JSON'),
  'jan-background-failed': jan(
    'Polling for Status',
    'A background run that fails is failed, with error as a string',
  ),
  'jan-background-timeout': rules('jan', 'A background run that exceeds its time limit is failed'),
  'jan-cancel': jan(
    'Cancelling Background Tasks',
    'Cancel returns the response as cancelled, with cancelled_at',
  ),
  'jan-cancel-queued': rules('all dialects', 'A queued response is cancelled at once and never runs'),
  'jan-cancel-aborts': architecture(
    'Invariants',
    'Cancel closes the provider connection within 200 ms, and the status stays cancelled',
  ),
  'jan-cancel-final': rules(
    'where the dialects differ',
    'Cancel of a finished response is 200 with its current state; a second cancel answers as the first',
  ),
  'background-crash': architecture(
    'Invariants',
    'When a worker is killed, another continues its run; finished tool calls are not repeated',
  ),
  'background-hand-over': architecture('A run', 'A worker that is stopped hands its runs over at once'),
} satisfies Record<string, Requirement>;
