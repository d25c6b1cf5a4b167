import type { NatsUrls } from '@antiphon/tools/nats/nats-users';
import { inject } from 'vitest';
import type { DatabaseUrls } from './database-roles.ts';

/** What a system under test lives in. The global set-up makes one for each worker. */
export interface Surroundings {
  /** For each service its own role, with the rights of production. */
  databaseUrls: DatabaseUrls;
  /** For each service its own user, with the permissions of production. */
  natsUrls: NatsUrls;
  /** For pid files. */
  folder: string;
  logFolder: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    surroundings: Surroundings[];
  }
}

/** Those of this worker's system. */
export function surroundings(): Surroundings {
  const worker = Number(process.env.VITEST_POOL_ID);
  const own = inject('surroundings')[worker - 1];
  if (!own) throw new Error(`the global set-up made nothing for worker ${process.env.VITEST_POOL_ID}`);
  return own;
}
