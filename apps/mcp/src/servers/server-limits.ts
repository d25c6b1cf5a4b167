import type { ServerTimeouts } from './registry/server.ts';

/** The limits on outside servers. */
export interface ServerLimits {
  /** Servers that one owner may register. */
  perOwnerMax: number;
  /** The timeouts of a server without settings, and the longest that its settings may have. */
  timeouts: ServerTimeouts;
  /** How long a list of tools waits for servers. */
  listWaitMs: number;
  /** How long a server's list of tools is cached. */
  listCacheMs: number;
  /** For all tools of a caller's servers together, as JSON. */
  listBytesMax: number;
  toolsPerServerMax: number;
  schemaBytesMax: number;
  descriptionCharactersMax: number;
  /** For one answer or one event of a server. */
  answerBytesMax: number;
  /** For all unrequested messages of a server over one connection. */
  streamBytesMax: number;
  callsPerServerMax: number;
  /** Servers that are connected at the same time. */
  connectionsMax: number;
  idleMs: number;
  /** The same for servers that a request brings along. */
  requestIdleMs: number;
  backoffMinMs: number;
  backoffMaxMs: number;
}
