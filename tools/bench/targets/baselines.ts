import { ProcessGroup } from '../process/process-group.ts';
import { type ServingProgram, startNodeProgram } from './node-program.ts';
import { chatRequest, type Target } from './target.ts';

/** The provider, called directly. */
export function directTarget(providerOrigin: string): Target {
  return { name: 'direct', origin: providerOrigin, request: (ask) => chatRequest(ask), processes: null };
}

/** A bare relay in front of the provider, on the system's core. */
export async function startRelay(
  providerOrigin: string,
  core: number | null,
): Promise<{ target: Target; program: ServingProgram }> {
  const program = await startNodeProgram('targets/programs/relay.ts', [providerOrigin], core);
  const processes = new ProcessGroup(program.pid, 'relay');
  const target = { name: 'relay', origin: program.origin, request: chatRequest, processes };
  return { target, program };
}

/** The in-memory queue of background jobs, on the system's core. */
export interface JobQueue {
  readonly origin: string;
  readonly processes: ProcessGroup;
}

export async function startQueue(
  providerOrigin: string,
  core: number | null,
): Promise<{ queue: JobQueue; program: ServingProgram }> {
  const program = await startNodeProgram('targets/programs/queue.ts', [providerOrigin], core);
  return { queue: { origin: program.origin, processes: new ProcessGroup(program.pid, 'queue') }, program };
}
