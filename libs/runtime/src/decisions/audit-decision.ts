import { type Decision, type FunctionCallItem, newId, type Response } from '@antiphon/contracts';
import type { ToolDecisionRow } from './tool-decision.entity.ts';

/** The record of a decision of a user: the call, the proposed arguments, and the arguments to run. */
export function auditDecision(
  { id, userId, tenantId, dialect, conversationId, output }: Response,
  decision: Decision,
  decidedBy: string,
): Omit<ToolDecisionRow, 'decidedAt'> {
  const call = output.find(
    (item): item is FunctionCallItem => item.type === 'function_call' && item.callId === decision.callId,
  );
  if (!call) throw new Error(`a decision about a call that ${id} does not have`);
  return {
    id: newId('toolDecision'),
    responseId: id,
    userId,
    decidedBy: decidedBy === userId ? null : decidedBy,
    tenantId,
    dialect,
    conversationId,
    callId: decision.callId,
    itemId: decision.action === 'output' ? null : call.id,
    toolName: call.name,
    action: decision.action,
    proposedArguments: call.arguments,
    runArguments: argumentsToRun(call, decision),
    message: 'message' in decision ? decision.message : null,
  };
}

function argumentsToRun(call: FunctionCallItem, decision: Decision): string | null {
  if (decision.action === 'edit') return decision.arguments;
  return decision.action === 'accept' ? call.arguments : null;
}
