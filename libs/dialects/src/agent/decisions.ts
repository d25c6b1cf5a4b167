import type { DecisionRecord, JsonObject } from '@antiphon/contracts';
import type { z } from 'zod';
import { argumentsOf } from '../common/call-arguments.ts';
import type { Decisions } from './reply-schema.ts';

/** The decisions about a response's calls, each with its user and time. */
export function encodeDecisions(decisions: readonly DecisionRecord[]): z.input<typeof Decisions> {
  return { decisions: decisions.map(encodeDecision) };
}

function encodeDecision(record: DecisionRecord) {
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

/** A value that is not a JSON object is returned as the model wrote it. */
function argsIn(text: string): JsonObject | string {
  return argumentsOf({ arguments: text }) ?? text;
}
