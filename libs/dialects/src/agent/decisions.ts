import type { DecisionRecord, JsonObject } from '@antiphon/contracts';
import { argumentsOf } from '../common/call-arguments.ts';

/** Who decided what about a response's calls, and when. */
export function encodeDecisions(decisions: readonly DecisionRecord[]): Record<string, unknown> {
  return { decisions: decisions.map(encodeDecision) };
}

function encodeDecision(record: DecisionRecord): Record<string, unknown> {
  return {
    tool_call_id: record.callId,
    tool_name: record.toolName,
    decision: record.action,
    proposed_args: argsIn(record.proposedArguments),
    run_args: record.runArguments === null ? null : argsIn(record.runArguments),
    message: record.message,
    decided_by: record.userId,
    decided_at: new Date(record.decidedAt).toISOString(),
  };
}

/** What is no JSON object stands as it was written. */
function argsIn(text: string): JsonObject | string {
  return argumentsOf({ arguments: text }) ?? text;
}
