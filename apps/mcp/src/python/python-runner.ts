import type { Caller } from '@antiphon/contracts';

export interface PythonCall {
  caller: Caller;
  code: string;
  /** A name of the caller's own for state that is kept between calls; null for a fresh interpreter. */
  sessionId: string | null;
  /** The same for every attempt of one call. */
  idempotencyKey: string;
}

/** What came of code that ran to its end, well or with an exception. */
export interface PythonAnswer {
  stdout: string;
  stderr: string;
  /** The repr of the last expression; null where there is none. */
  result: string | null;
  /** The traceback of the exception that ended the code. */
  error: string | null;
  durationMs: number;
}

/** Where Python runs. */
export interface PythonRunner {
  /**
   * Throws `tool_timeout` for code that takes too long, `invalid_request` for code that takes too much or ends its interpreter,
   * `unavailable` when there is no place for it, `cancelled` when the signal aborts.
   */
  run(call: PythonCall, signal: AbortSignal): Promise<PythonAnswer>;
}

/** One caller's session by a name that no other caller can make. */
export function sessionKey({ tenantId, userId }: Caller, sessionId: string): string {
  return JSON.stringify([tenantId, userId, sessionId]);
}
