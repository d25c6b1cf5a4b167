import type { IncomingHttpHeaders } from 'node:http';
import type { RouteMatch } from './routing/router.ts';

/** One request on its way through the gateway, and what the plugins make of it. */
export interface Exchange {
  readonly method: string;
  /** Normalised, without query: fit for the log. */
  readonly path: string;
  readonly query: string;
  /** As the caller sent them. */
  readonly headers: IncomingHttpHeaders;
  readonly clientIp: string;
  readonly match: RouteMatch | undefined;
  /** A UUID, until a plugin takes over the caller's. */
  requestId: string;
  /** Username of the Kong consumer, once a plugin has named one. */
  consumer: string | undefined;
  /** What the upstream must not see of the caller's headers, lower-cased. */
  readonly removedHeaders: Set<string>;
  /** What the upstream sees beside the caller's headers, by lower-cased name. */
  readonly addedHeaders: Map<string, string>;
  /** What the caller sees beside the upstream's headers and instead of those of the same name. */
  readonly responseHeaders: Map<string, string>;
  bodyBytesMax: number;
}

/** An answer that the gateway gives itself. */
export interface Reply {
  readonly status: number;
  /** The `message` of the JSON body; where it is empty, so is the body. */
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How an exchange ended. */
export interface Outcome {
  /** 499 where the caller left before the answer. */
  readonly status: number;
  readonly source: 'service' | 'gateway';
  readonly durationMs: number;
  /** Until the upstream's headers; nothing where none was asked. */
  readonly upstreamMs: number | undefined;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** One entry of `plugins` in the declarative file, at work. */
export interface Plugin {
  /** Before the upstream is asked; a reply ends the exchange here. */
  access?(exchange: Exchange): Reply | undefined | Promise<Reply | undefined>;
  /** After the exchange has ended. */
  log?(exchange: Exchange, outcome: Outcome): void;
}
