import type { ServerTimeouts } from './registry/server.ts';

/** The bounds of what outside servers may cost. */
export interface ServerLimits {
  /** Servers that one owner may register. */
  perOwnerMax: number;
  /** What a server has that names none of its own, and the most it may name. */
  timeouts: ServerTimeouts;
  /** How long a list of all tools waits for the servers among them. */
  listWaitMs: number;
  /** How long a server's tools are used again. */
  listCacheMs: number;
  /** The most that the tools of a caller's servers may be together, as JSON. */
  listBytesMax: number;
  toolsPerServerMax: number;
  schemaBytesMax: number;
  descriptionCharactersMax: number;
  /** The most that one answer or one event of a server may be. */
  answerBytesMax: number;
  /** The most that a server may send unasked over one connection. */
  streamBytesMax: number;
  callsPerServerMax: number;
  /** Servers that are connected at the same time. */
  connectionsMax: number;
  idleMs: number;
  /** The same, of servers that only a request names. */
  requestIdleMs: number;
  backoffMinMs: number;
  backoffMaxMs: number;
}
