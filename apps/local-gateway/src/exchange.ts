import type { IncomingHttpHeaders } from 'node:http';
import type { RouteMatch } from './routing/router.ts';

/** One request in the gateway, with what plugins add to it. */
export interface Exchange {
  readonly method: string;
  /** Normalised and without query, for the log. */
  readonly path: string;
  readonly query: string;
  /** Unchanged, as the caller sent them. */
  readonly headers: IncomingHttpHeaders;
  readonly clientIp: string;
  readonly match: RouteMatch | undefined;
  /** A UUID, unless a plugin adopts the caller's id. */
  requestId: string;
  /** Username of the Kong consumer, once a plugin has set one. */
  consumer: string | undefined;
  /** Lower-case names of the caller's headers that the upstream does not get. */
  readonly removedHeaders: Set<string>;
  /** Headers that the upstream gets besides the caller's, by lower-case name. */
  readonly addedHeaders: Map<string, string>;
  /** Headers that the caller gets; they replace the upstream's headers of the same name. */
  readonly responseHeaders: Map<string, string>;
  bodyBytesMax: number;
}

/** A reply of the gateway itself. */
export interface Reply {
  readonly status: number;
  /** The `message` of the JSON body; an empty one means an empty body. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How an exchange ended. */
export interface Outcome {
  /** 499 if the caller disconnected before the reply. */
  readonly status: number;
  readonly source: 'service' | 'gateway';
  readonly durationMs: number;
  /** Milliseconds until the upstream's headers; undefined without an upstream request. */
  readonly upstreamMs: number | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** An active entry of `plugins` in the declarative file. */
export interface Plugin {
  /** Runs before the upstream request; a reply ends the exchange here. */
  access?(exchange: Exchange): Reply | undefined | Promise<Reply | undefined>;
  /** Runs after the exchange has ended. */
  log?(exchange: Exchange, outcome: Outcome): void;
}
