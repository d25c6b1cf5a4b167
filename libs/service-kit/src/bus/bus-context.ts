import type { TraceContext } from '../telemetry/tracing.ts';

/** What a handler of a request gets beside it: the second argument of a method with `@Answers`. */
export interface RequestContext {
  /** Aborts when the client has gone, when the connection is lost and at the end of the grace of a service that stops. */
  readonly signal: AbortSignal;
  /** The trace that the request belongs to. */
  readonly trace: TraceContext;
}

/** What a handler of a signal gets beside its payload: the second argument of a method with `@Subscribes`. */
export interface SignalContext {
  /** The last part of the subject, where the contract's subject ends in `*`. */
  readonly id: string | null;
}

/** What a handler of an event gets beside its data: the second argument of a method with `@Consumes`. */
export interface EventContext {
  /** Aborts when the service stops: the event then goes to another process. */
  readonly signal: AbortSignal;
}
