import type { TraceContext } from '../telemetry/tracing.ts';

/** The second argument of a method with `@Answers`. */
export interface RequestContext {
  /** Aborts when the client has gone, when the connection is lost and at the end of the grace of a service that stops. */
  readonly signal: AbortSignal;
  /** The trace that the request belongs to. */
  readonly trace: TraceContext;
}

/** The second argument of a method with `@Subscribes`. */
export interface SignalContext {
  /** The last part of the subject, where the contract's subject ends in `*`. */
  readonly id: string | null;
}

/** The second argument of a method with `@Consumes`. */
export interface EventContext {
  /** Aborts when the service stops: the event then goes to another process. */
  readonly signal: AbortSignal;
}
