import type { NatsUrls } from '@antiphon/tools/nats/nats-users';
import { inject } from 'vitest';
import type { DatabaseUrls } from './database-roles.ts';

/** The servers and folders of a system under test. The global set-up creates them for each worker. */
export interface Surroundings {
  /** The role of each service, with the rights of production. */
  databaseUrls: DatabaseUrls;
  /** The NATS user of each service, with the permissions of production. */
  natsUrls: NatsUrls;
  /** Folder of the pid files. */
  folder: string;
  logFolder: string;
  /** All services of the system are one process, which reaches no NATS server (the Vitest project `compact`). */
  isCompact: boolean;
}

declare module 'vitest' {
  interface ProvidedContext {
    surroundings: Surroundings[];
  }
}

/** Returns the surroundings of this worker's system. */
export function surroundings(): Surroundings {
  const worker = Number(process.env.VITEST_POOL_ID);
  const own = inject('surroundings')[worker - 1];
  if (!own) throw new Error(`the global set-up has no surroundings for worker ${process.env.VITEST_POOL_ID}`);
  return own;
}
