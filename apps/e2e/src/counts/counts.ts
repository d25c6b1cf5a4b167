/** The costs of one request in the whole system, until it is at rest again. */
export interface Counts {
  /** Messages that services publish on NATS: requests, replies, chunks, credits, signals and events. */
  busMessages: number;
  /** Statements that PostgreSQL executes, `BEGIN` and `COMMIT` among them, without those of the outbox's rounds. */
  statements: number;
  /** Transactions; a statement outside of a transaction counts as one. */
  transactions: number;
  /** Lines that the services and the gateway log at the default level. */
  logLines: number;
  /** Connections that are opened to the provider. */
  connections: number;
}

/** A slow provider sends this many tokens one by one; a fast one sends its whole answer of 64 tokens at once. */
export const slowTokens = 4;

/**
 * The table of counts. `counts.spec.ts` holds the running services to it: a change that adds to a number changes the table, and a change that
 * saves some lowers it. Each run has one message for the count of its usage, and the statement
 * and transaction that it shares with runs which end within 100 ms.
 */
export const countsTable = {
  'plain create, not stored': { busMessages: 4, statements: 2, transactions: 2, logLines: 1, connections: 0 },
  'plain create, stored': { busMessages: 6, statements: 2, transactions: 2, logLines: 1, connections: 0 },
  'plain create from a slow provider': {
    busMessages: 6,
    statements: 2,
    transactions: 2,
    logLines: 1,
    connections: 0,
  },
  'stream, stored': { busMessages: 8, statements: 3, transactions: 3, logLines: 1, connections: 0 },
  'stream from a slow provider': {
    busMessages: 11,
    statements: 3,
    transactions: 3,
    logLines: 1,
    connections: 0,
  },
  'tool loop': { busMessages: 13, statements: 4, transactions: 4, logLines: 1, connections: 0 },
  'background run': { busMessages: 10, statements: 6, transactions: 6, logLines: 2, connections: 0 },
  retrieve: { busMessages: 0, statements: 1, transactions: 1, logLines: 1, connections: 0 },
  'plain create over a route, stored': {
    busMessages: 6,
    statements: 2,
    transactions: 2,
    logLines: 1,
    connections: 0,
  },
  'stream over a route, stored': {
    busMessages: 8,
    statements: 3,
    transactions: 3,
    logLines: 1,
    connections: 0,
  },
} satisfies Record<string, Counts>;
