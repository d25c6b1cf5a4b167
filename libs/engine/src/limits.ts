import type { Response } from '@antiphon/contracts';

/** The limits of one run. */
export interface RunLimits {
  /** Turns with tool calls. */
  depthMax: number;
  /** Calls of server tools. Calls beyond the limit are refused in their output. */
  toolCallsMax: number;
  /** How long one call may take; a tool's own limit may be shorter. */
  toolTimeoutMs: number;
  /** Server tools that run at the same time. */
  parallelToolsMax: number;
  /** Estimated tokens of the context of a turn. */
  contextTokensMax: number;
  /** Attempts of one turn whose answer breaks off before a client has read any of it. */
  turnAttemptsMax: number;
  /** The longest wait before the second attempt of a turn or a tool call; it doubles with each further attempt. */
  retryWaitMs: number;
}

/** The calls of server tools that a response may make: the request's limit, at most the server's. */
export function effectiveToolCallsMax(response: Response, limits: RunLimits): number {
  return Math.min(response.toolCallsMax ?? limits.toolCallsMax, limits.toolCallsMax);
}

/** The turns with tools that a response may have: the request's limit, at most the server's. */
export function effectiveDepthMax(response: Response, limits: RunLimits): number {
  return Math.min(response.depthMax ?? limits.depthMax, limits.depthMax);
}
