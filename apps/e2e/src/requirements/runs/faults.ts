import { architecture, type Requirement } from '../requirement.ts';

/** What holds whatever dies. */
export const faultRequirements = {
  'faults-read': architecture(
    'A run',
    'A tool that reads, interrupted by a crash, is called again under the same key',
  ),
  'faults-write': architecture(
    'A run',
    'A tool that changes something, interrupted by a crash, is not called again, and the model is told',
  ),
  'faults-end': architecture('Invariants', 'A run that was killed before its end was committed ends once'),
  'faults-frozen': architecture('Invariants', 'A worker whose lease was taken cannot write'),
  'faults-cancel': architecture(
    'Invariants',
    'A cancel at any instance reaches a tool within 200 ms, and ends a pause',
  ),
  'faults-rolling-restart': architecture(
    'Invariants',
    'A rolling restart of every service shows no error to a client that polls or waits, and ends open streams well',
  ),
  'faults-nats-away': architecture(
    'Invariants',
    'Without NATS background work is accepted and run later, and what needs it is 503 with Retry-After',
  ),
  'faults-nats-wiped': architecture(
    'Invariants',
    'NATS that comes back without its store delays no run, and its stream is made again',
  ),
  'faults-moments': architecture(
    'Invariants',
    'Each part, killed at each moment of a run: it completes once, and no step is repeated',
  ),
  'faults-postgres-away': architecture(
    'Invariants',
    'Without PostgreSQL requests are 503 with Retry-After, readiness says so, liveness stays, and all goes on by itself',
  ),
  'faults-hung-provider': architecture('Invariants', 'A provider that hangs is a timeout'),
  'faults-tools-restart': architecture(
    'A run',
    'A tools service that restarts costs runs a pause: a call that did not begin is made when it is back, one that only reads again',
  ),
  'broken-turn-again': architecture(
    'A run',
    'A turn that breaks off is asked again, a bounded number of times, in the background by a create that is waited for and by a stream that told nothing of it',
  ),
  'broken-turn-text': architecture(
    'A run',
    'A run that fails keeps the text that came, the last words before the error included, in every dialect',
  ),
  'faults-llm-killed': architecture(
    'A run',
    'A turn that breaks off is asked again while no client has read any of it; a stream that was read fails with the text that came',
  ),
  'faults-effects': architecture(
    'A run',
    'With the llm and tools services killed and restarted every few seconds no effect of a completed run is missing, and none is there twice',
  ),
  'faults-campaign': architecture(
    'Invariants',
    'Whatever dies at whatever moment: every accepted background response ends once, and no finished step is repeated',
  ),
} satisfies Record<string, Requirement>;
