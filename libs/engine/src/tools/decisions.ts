import {
  AppError,
  type ApprovalResponseItem,
  type Decision,
  type FunctionCallItem,
  type Item,
  type Response,
  type ResponseEvent,
} from '@antiphon/contracts';
import { applyEvent, snapshot } from '../journal/apply-event.ts';
import { beginning } from '../journal/rebuild-events.ts';
import { outputEvents } from './call-events.ts';
import type { RunPorts } from '../ports.ts';
import { isJsonObject } from './prepare-calls.ts';

/** A decided response, and its changes as events. */
export interface Decided {
  response: Response;
  events: ResponseEvent[];
}

/** The user and the time of decisions, and the ids of the items that they add. */
export interface DecidedBy extends Pick<RunPorts, 'newId'> {
  userId: string;
  /** Milliseconds since the epoch. */
  decidedAt: number;
}

/**
 * Decides about pending calls of a paused response. Accepted and edited calls are `approved` and run when the run goes on; the others get
 * their output: the refusal, the feedback, or the output of the caller's own tool. A decision about an approval is an item of the output.
 * Undecided calls stay pending. The caller of this function
 * sets the status. All decisions hold or none does. Throws `not_found` for a call that the response does not have,
 * `invalid_request` for one that does not wait for this decision and for a response that is not paused.
 */
export function decide(response: Response, decisions: readonly Decision[], by: DecidedBy): Decided {
  if (response.status !== 'requires_action') {
    throw new AppError(
      'invalid_request',
      `The response is ${response.status}: none of its calls waits for a decision.`,
    );
  }
  const decided = new Set<string>();
  const events: ResponseEvent[] = [];
  let outputIndex = response.output.length;
  for (const decision of decisions) {
    const { index, call } = pendingCall(response, decision);
    if (decided.has(call.callId))
      throw new AppError('invalid_request', `Call ${call.callId} is decided twice.`);
    decided.add(call.callId);
    const next = afterDecision(call, decision);
    events.push({ type: 'item.changed', index, item: next.call });
    const answer = approvalOf(call, decision, by);
    if (answer) {
      events.push({ type: 'item.added', index: outputIndex, item: beginning(answer) });
      events.push({ type: 'item.done', index: outputIndex++, item: answer });
    }
    if (next.output === null) continue;
    events.push(...outputEvents(outputIndex++, { callId: call.callId, output: next.output }, by));
  }
  const draft = snapshot(response);
  for (const event of events) applyEvent(draft, event);
  return { response: { ...draft, completedAt: null }, events };
}

/** Whether an item waits for the caller. */
export function isPending(item: Item): boolean {
  return (
    item.type === 'function_call' && (item.state === 'pending_approval' || item.state === 'pending_output')
  );
}

function pendingCall(
  response: Response,
  { callId, action }: Decision,
): { index: number; call: FunctionCallItem } {
  const index = response.output.findIndex((item) => item.type === 'function_call' && item.callId === callId);
  const call = response.output[index];
  if (call?.type !== 'function_call') throw new AppError('not_found', `The response has no call ${callId}.`);
  const needsApproval = call.state === 'pending_approval';
  if (!needsApproval && call.state !== 'pending_output') {
    throw new AppError('invalid_request', `Call ${callId} does not wait for a decision.`);
  }
  if (!needsApproval && (action === 'accept' || action === 'edit')) {
    throw new AppError(
      'invalid_request',
      `Call ${callId} is the caller's to run: it waits for its output, not for approval.`,
    );
  }
  return { index, call };
}

/** The decision about a call that waits for approval, as an item; null where the decision brings the call's output. */
function approvalOf(
  { id, state }: FunctionCallItem,
  decision: Decision,
  { userId, decidedAt, newId }: DecidedBy,
): ApprovalResponseItem | null {
  const { action } = decision;
  if (state !== 'pending_approval' || action === 'output') return null;
  return {
    type: 'approval_response',
    id: newId('approvalResponse'),
    approvalRequestId: id,
    approve: action === 'accept' || action === 'edit',
    reason: 'message' in decision ? decision.message : null,
    status: 'completed',
    decision: { action, userId, decidedAt },
  };
}

function afterDecision(
  pending: FunctionCallItem,
  decision: Decision,
): { call: FunctionCallItem; output: Extract<Decision, { action: 'output' }>['output'] | null } {
  const isApproval = pending.state === 'pending_approval' && decision.action !== 'output';
  const call = isApproval ? { ...pending, approvalRequestId: pending.id } : pending;
  switch (decision.action) {
    case 'accept':
      return { call: { ...call, state: 'approved' }, output: null };
    case 'edit':
      if (!isJsonObject(decision.arguments)) {
        throw new AppError('invalid_request', `The arguments for call ${call.callId} must be a JSON object.`);
      }
      return {
        call: {
          ...call,
          state: 'approved',
          arguments: decision.arguments,
          proposedArguments: call.proposedArguments ?? call.arguments,
        },
        output: null,
      };
    case 'reject':
      return { call: { ...call, state: 'done' }, output: rejection(decision.message) };
    case 'feedback':
      return { call: { ...call, state: 'done' }, output: decision.message };
    case 'output':
      return { call: { ...call, state: 'done' }, output: decision.output };
  }
}

/** The output of a rejected call. */
export function rejection(reason: string | null): string {
  return reason ? `User rejected the tool call: ${reason}` : 'User rejected the tool call';
}
