import type { Caller } from '@antiphon/contracts';
import type { DataChanges, DataFiles } from './data/data-files.ts';

export interface PythonCall {
  caller: Caller;
  code: string;
  /** The caller's name for a session, whose state is kept between calls; null for a fresh interpreter. */
  sessionId: string | null;
  /** The same for every attempt of one call. */
  idempotencyKey: string;
  /** Memory of the interpreter in MB, no more than that of all interpreters; null: the same as theirs. */
  memoryMb: number | null;
  /** The files in `/mnt/data`; null: the code has none, and none are kept. */
  data: DataFiles | null;
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
  /** Whether this was the first code in its interpreter; null where the runner does not know. */
  isFresh: boolean | null;
  /** What the code did to its files; null without `data`. */
  changes: DataChanges | null;
}

/** Runs Python code. */
export interface PythonRunner {
  /**
   * Runs the code and keeps its files. Throws `tool_timeout` for code that takes too long, `invalid_request` for code that exceeds another limit or ends its interpreter,
   * `unavailable` when the runner has no room, `cancelled` when the signal aborts.
   */
  run(call: PythonCall, signal: AbortSignal): Promise<PythonAnswer>;
}

/** The key of a caller's session. It holds the caller, so that no other caller reaches the session. */
export function sessionKey({ tenantId, userId }: Caller, sessionId: string): string {
  return JSON.stringify([tenantId, userId, sessionId]);
}
