import {
  AppError,
  type Decision,
  type FunctionCallItem,
  isFinal,
  type Response,
  type ResponseEvent,
} from '@antiphon/contracts';
import { applyEvent, snapshot } from './apply-event.ts';
import { outputEvents } from './call-output.ts';
import type { RunPorts } from './ports.ts';
import { isJsonObject } from './prepare-calls.ts';

/** The response with the caller's decisions on its pending calls. Its status is left to whoever lets it go on. Throws as `decisionEvents`. */
export function decide(
  response: Response,
  decisions: readonly Decision[],
  ports: Pick<RunPorts, 'newId'>,
): Response {
  const decided = snapshot(response);
  for (const event of decisionEvents(response, decisions, ports)) applyEvent(decided, event);
  return decided;
}

/**
 * What decisions change, as events. Accepted and edited calls are `approved` and run when the run goes on; the others get their output:
 * the refusal, the feedback, or what the caller's own tool gave. Calls that are not decided stay pending. All hold or none does.
 * Throws `not_found` for a call that the response does not have, `invalid_request` for one that does not wait for this decision.
 */
export function decisionEvents(
  response: Response,
  decisions: readonly Decision[],
  ports: Pick<RunPorts, 'newId'>,
): ResponseEvent[] {
  if (isFinal(response.status)) {
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
    if (next.output === null) continue;
    events.push(...outputEvents(outputIndex++, { callId: call.callId, output: next.output }, ports));
  }
  return events;
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

function afterDecision(
  call: FunctionCallItem,
  decision: Decision,
): { call: FunctionCallItem; output: Extract<Decision, { action: 'output' }>['output'] | null } {
  switch (decision.action) {
    case 'accept':
      return { call: { ...call, state: 'approved' }, output: null };
    case 'edit':
      if (!isJsonObject(decision.arguments)) {
        throw new AppError('invalid_request', `The arguments for call ${call.callId} must be a JSON object.`);
      }
      return { call: { ...call, state: 'approved', arguments: decision.arguments }, output: null };
    case 'reject':
      return { call: { ...call, state: 'done' }, output: rejection(decision.message) };
    case 'feedback':
      return { call: { ...call, state: 'done' }, output: decision.message };
    case 'output':
      return { call: { ...call, state: 'done' }, output: decision.output };
  }
}

function rejection(reason: string | null): string {
  return reason ? `User rejected the tool call: ${reason}` : 'User rejected the tool call';
}
