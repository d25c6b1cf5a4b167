import { architecture, type Requirement } from '../requirement.ts';

/** What holds when any part dies, freezes or is away. */
export const faultRequirements = {
  'faults-read': architecture(
    'A run',
    'A read-only tool that a crash interrupted is called again under the same key',
  ),
  'faults-write': architecture(
    'A run',
    'A changing tool that a crash interrupted is not called again, and the model reads that its outcome is unknown',
  ),
  'faults-end': architecture('Invariants', 'A run that was killed before its end was committed ends once'),
  'faults-frozen': architecture('Invariants', 'A worker that lost its lease cannot write'),
  'faults-cancel': architecture(
    'Invariants',
    'A cancel at any instance reaches a tool within 200 ms, and ends a pause',
  ),
  'faults-rolling-restart': architecture(
    'Invariants',
    'A rolling restart of every service shows no error to a client that polls or waits, and ends open streams properly',
  ),
  'faults-nats-away': architecture(
    'Invariants',
    'Without NATS background work is accepted and run later; requests that need NATS are 503 with Retry-After',
  ),
  'faults-nats-wiped': architecture(
    'Invariants',
    'NATS that returns without its store delays no run, and its stream is created again',
  ),
  'faults-moments': architecture(
    'Invariants',
    'With each part killed at each moment of a run, the run completes once and repeats no step',
  ),
  'faults-postgres-away': architecture(
    'Invariants',
    'Without PostgreSQL requests are 503 with Retry-After, readiness fails, liveness stays, and the system recovers by itself',
  ),
  'faults-hung-provider': architecture('Invariants', 'A provider that hangs is a timeout'),
  'faults-tools-restart': architecture(
    'A run',
    'A restart of the tools service only delays runs: a call that did not begin is made afterwards, a read-only call is repeated',
  ),
  'broken-turn-again': architecture(
    'A run',
    'A turn that breaks off is requested again, a bounded number of times: in the background, by a create that waits, and by a stream that has sent none of it',
  ),
  'broken-turn-text': architecture(
    'A run',
    'A failed run keeps the text that arrived, the last words before the error included, in every dialect',
  ),
  'faults-llm-killed': architecture(
    'A run',
    'A turn that breaks off is requested again while no client has read any of it; a stream that was read fails with the text that arrived',
  ),
  'faults-effects': architecture(
    'A run',
    'With the llm and tools services killed and restarted every few seconds, every effect of a completed run happens exactly once',
  ),
  'faults-campaign': architecture(
    'Invariants',
    'Under random faults every accepted background response ends once, and no finished step is repeated',
  ),
} satisfies Record<string, Requirement>;
