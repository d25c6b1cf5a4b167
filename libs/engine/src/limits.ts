import type { Response } from '@antiphon/contracts';

/** What one run may use. */
export interface RunLimits {
  /** Turns with tool calls. */
  depthMax: number;
  /** Calls of server tools; those beyond are refused, and the model is told. */
  toolCallsMax: number;
  /** How long one call may take; a tool's own limit may be shorter. */
  toolTimeoutMs: number;
  /** Server tools that run at the same time. */
  parallelToolsMax: number;
  /** What the context of a turn may hold, by estimate. */
  contextTokensMax: number;
  /** How often the model is asked in one turn, where its answer breaks off and no client has read any of it. */
  turnAttemptsMax: number;
  /** The longest wait before the second try of a turn or of a tool call; it doubles with every further one. */
  retryWaitMs: number;
}

/** The calls of server tools that a response may make: the caller's wish within the server's limit. */
export function effectiveToolCallsMax(response: Response, limits: RunLimits): number {
  return Math.min(response.toolCallsMax ?? limits.toolCallsMax, limits.toolCallsMax);
}

/** The turns with tools that a response may have: the caller's wish within the server's limit. */
export function effectiveDepthMax(response: Response, limits: RunLimits): number {
  return Math.min(response.depthMax ?? limits.depthMax, limits.depthMax);
}
