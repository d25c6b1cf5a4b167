import { type DecisionRecord, type FunctionCallItem, isFinal, type Response } from '@antiphon/contracts';
import { z } from 'zod';
import { isoTime, madeAt, Time } from './run-wire.ts';

/* What a run does now, and when it stood still: both follow from its items, the records of its turns and its decisions. */

export const Activity = z.looseObject({
  /** `queued` for a worker, asking a `model`, running `tools`, or `waiting` for decisions or outputs. */
  kind: z.enum(['queued', 'model', 'tools', 'waiting']),
  since: Time,
});
export const Pause = z.looseObject({
  /** The turn whose calls waited. */
  turn: z.int(),
  started_at: Time,
  /** Null while calls of the turn wait. */
  ended_at: Time.nullable(),
  decisions: z.array(
    z.looseObject({
      call_id: z.string(),
      tool: z.string(),
      action: z.enum(['accept', 'edit', 'reject', 'feedback']),
      message: z.string().nullable(),
      decided_at: Time,
      decided_by: z.string(),
    }),
  ),
});

type Approval = DecisionRecord & { action: Exclude<DecisionRecord['action'], 'output'> };

/** What a run does now, and since when; null where it has ended. */
export function activityOf(
  response: Response,
  decisions: readonly DecisionRecord[],
): z.input<typeof Activity> | null {
  const { status, startedAt, queuedAt, createdAt } = response;
  if (isFinal(status)) return null;
  const decidedAt = decisions.map((decision) => decision.decidedAt);
  if (status === 'queued') return activity('queued', Math.max(queuedAt ?? createdAt, ...decidedAt));
  const ends = endsOf(response);
  if (status === 'requires_action') return activity('waiting', Math.max(createdAt, ...ends));
  const running = callsOf(response).flatMap((call) =>
    call.state === 'started' ? (call.startedAt ?? []) : [],
  );
  if (running.length > 0) return activity('tools', Math.min(...running));
  return activity('model', Math.max(startedAt ?? createdAt, ...ends, ...decidedAt));
}

/** The pauses of a run for approvals, one for each turn whose calls waited, with the decisions about them. */
export function pausesOf(response: Response, decisions: readonly DecisionRecord[]): z.input<typeof Pause>[] {
  const made = decisions.filter((decision): decision is Approval => decision.action !== 'output');
  const waited = callsOf(response).filter(
    ({ state, callId }) => state === 'pending_approval' || made.some((one) => one.callId === callId),
  );
  return [...new Set(waited.map(({ depth }) => depth))].map((turn) => {
    const calls = waited.filter(({ depth }) => depth === turn);
    const ofTurn = made.filter(({ callId }) => calls.some((call) => call.callId === callId));
    const firstAt = Math.min(Infinity, ...ofTurn.map(({ decidedAt }) => decidedAt));
    // A run pauses when the other calls of the turn have returned.
    const before = endsOf(response, turn).filter((end) => end <= firstAt);
    const isUndecided = calls.some(({ state }) => state === 'pending_approval');
    const endedAt = isUndecided ? endOf(response) : Math.max(...ofTurn.map(({ decidedAt }) => decidedAt));
    return {
      turn,
      started_at: isoTime(Math.max(...calls.map((call) => madeAt(call, response)), ...before)),
      ended_at: endedAt === null ? null : isoTime(endedAt),
      decisions: ofTurn.map((decision) => ({
        call_id: decision.callId,
        tool: decision.toolName,
        action: decision.action,
        message: decision.message,
        decided_at: isoTime(decision.decidedAt),
        decided_by: decision.userId,
      })),
    };
  });
}

function activity(kind: z.input<typeof Activity>['kind'], since: number): z.input<typeof Activity> {
  return { kind, since: isoTime(since) };
}

/** When requests to models and calls ended: of one turn, or of all. */
function endsOf(response: Response, turn?: number): number[] {
  return [...(response.turns ?? []), ...callsOf(response)].flatMap(({ depth, startedAt, durationMs }) =>
    (turn === undefined || depth === turn) && startedAt !== null && durationMs !== null
      ? startedAt + durationMs
      : [],
  );
}

/** When the run ended; null where it has not. */
function endOf({ status, completedAt, cancelledAt }: Response): number | null {
  return isFinal(status) ? (completedAt ?? cancelledAt) : null;
}

function callsOf({ output }: Response): FunctionCallItem[] {
  return output.filter((item): item is FunctionCallItem => item.type === 'function_call');
}
