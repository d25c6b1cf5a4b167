import type { Caller } from '@antiphon/contracts';

export interface PythonCall {
  caller: Caller;
  code: string;
  /** The caller's name for a session, whose state is kept between calls; null for a fresh interpreter. */
  sessionId: string | null;
  /** The same for every attempt of one call. */
  idempotencyKey: string;
}

/** The outcome of code that ran to its end or to an exception. */
export interface PythonAnswer {
  stdout: string;
  stderr: string;
  /** The repr of the last expression; null where there is none. */
  result: string | null;
  /** The traceback of the exception that ended the code. */
  error: string | null;
  durationMs: number;
}

/** Runs Python code. */
export interface PythonRunner {
  /**
   * Throws `tool_timeout` for code that takes too long, `invalid_request` for code that exceeds another limit or ends its interpreter,
   * `unavailable` when the runner has no room, `cancelled` when the signal aborts.
   */
  run(call: PythonCall, signal: AbortSignal): Promise<PythonAnswer>;
}

/** The key of a caller's session. It holds the caller, so that no other caller reaches the session. */
export function sessionKey({ tenantId, userId }: Caller, sessionId: string): string {
  return JSON.stringify([tenantId, userId, sessionId]);
}
