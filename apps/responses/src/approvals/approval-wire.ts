import {
  AppError,
  type Caller,
  type DecisionRecord,
  DialectName,
  JsonObject,
  pageOf,
  type RawRequest,
  read,
} from '@antiphon/contracts';
import { dialectNamed, OpenaiErrorReply } from '@antiphon/dialects';
import { z } from 'zod';
import { isoTime, madeAt, Time, When } from '../runs/run-wire.ts';
import type { Approval } from './approval.ts';
import type { ApprovalChange } from './approval-watch.ts';
import type { Action, ApprovalPage, ApprovalPageQuery, DecisionOutcome } from './approvals.service.ts';

/* The schemas of approvals, and their encoding. */

export const ApprovalsQuery = z.object({
  status: z.enum(['pending', 'decided']).default('pending'),
  tool: z.string().max(256).optional(),
  dialect: DialectName.optional(),
  /** `me`, or the id of the user whose run it is: another one than yours needs the scope `approvals`. */
  caller: z.string().max(128).optional(),
  /** The model made the call at this time or later. */
  created_after: When.optional(),
  /** The model made the call before this time. */
  created_before: When.optional(),
  after: z.string().max(128).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  /** Server-sent events instead of a page, as with `Accept: text/event-stream`: the calls that wait, then each change. */
  stream: z.enum(['true', 'false']).optional(),
});

/** How many decisions one request has. */
const decisionsMax = 100;

const accept = z.object({ action: z.literal('accept') });
/** The arguments to run instead: an object, or its JSON text. */
const edit = z.object({ action: z.literal('edit'), arguments: z.union([JsonObject, z.string()]) });
/** The model reads the message as the reason. */
const reject = z.object({ action: z.literal('reject'), message: z.string().nullish() });
/** The model reads the message as the result of the call. */
const feedback = z.object({ action: z.literal('feedback'), message: z.string().min(1) });
const named = { id: z.string().max(128) };

export const DecideBody = z.discriminatedUnion('action', [accept, edit, reject, feedback]);
export const DecideAllBody = z.object({
  decisions: z
    .array(
      z.discriminatedUnion('action', [
        accept.extend(named),
        edit.extend(named),
        reject.extend(named),
        feedback.extend(named),
      ]),
    )
    .min(1)
    .max(decisionsMax),
});

const DecisionReply = z.looseObject({
  /** `accept`, `edit`, `reject` or `feedback`; `output` where the caller sent the output of the call. */
  action: z.string(),
  /** The reason or the feedback. */
  message: z.string().nullable(),
  /** The arguments that the decision lets run, as JSON text; null where it runs none. */
  arguments: z.string().nullable(),
  decided_at: Time,
  /** The id of the user that decided. */
  decided_by: z.string(),
});

export const ApprovalReply = z.looseObject({
  object: z.literal('approval'),
  /** The id of the call's item, which `/v1/responses` shows as `mcp_approval_request`. */
  id: z.string(),
  call_id: z.string(),
  response_id: z.string(),
  /** The id of the user whose run it is. */
  caller: z.string(),
  /** Whether it is your own run. */
  mine: z.boolean(),
  dialect: z.string(),
  model: z.string(),
  tool: z.string(),
  kind: z.string(),
  server_label: z.string().nullable(),
  /** JSON text as the model wrote it, or as a decision edited it. */
  arguments: z.string(),
  /** The same as an object; null where the text is none. */
  parsed_arguments: JsonObject.nullable(),
  /** What the model proposed, where a decision edited it. */
  proposed_arguments: z.string().nullable(),
  /** The JSON schema of the tool's arguments; null where it is not known. */
  parameters: JsonObject.nullable(),
  /** What the assistant said before the call. */
  why: z.string().nullable(),
  created_at: Time,
  /** When the run fails without a decision; null where it waits without an end, or does not wait. */
  expires_at: Time.nullable(),
  decision: DecisionReply.nullable(),
  /** The last edit of a call of the same tool in the same run or conversation. */
  earlier: z
    .looseObject({
      id: z.string().nullable(),
      response_id: z.string(),
      proposed_arguments: z.string(),
      arguments: z.string().nullable(),
      decided_at: Time,
      decided_by: z.string(),
    })
    .nullable(),
});
export const ApprovalList = pageOf(ApprovalReply);

export const DecideAllReply = z.looseObject({
  object: z.literal('list'),
  data: z.array(
    z.looseObject({
      id: z.string(),
      /** The decided approval, also where another decision came first; null where there is no such approval, or the decision was refused. */
      approval: ApprovalReply.nullable(),
      error: OpenaiErrorReply.shape.error.nullable(),
    }),
  ),
});

/** `approval.waiting`, `approval.decided`, `approval.ended`, and `approvals.current` once all that wait have been sent. */
export const ApprovalEvent = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('approval.waiting'), approval: ApprovalReply }),
  z.looseObject({ type: z.literal('approval.decided'), approval: ApprovalReply }),
  z.looseObject({ type: z.literal('approval.ended'), id: z.string() }),
  z.looseObject({ type: z.literal('approvals.current'), has_more: z.boolean() }),
]);

export interface ApprovalsRequest {
  status: 'pending' | 'decided';
  isStream: boolean;
  page: ApprovalPageQuery;
}

export function decodeApprovals(query: unknown, { headers: { accept } }: RawRequest): ApprovalsRequest {
  const wire = read(ApprovalsQuery, query);
  const { status, stream, caller, tool, dialect, after, limit } = wire;
  const { created_after: from, created_before: before } = wire;
  const isStream = stream === 'true' || String(accept).includes('text/event-stream');
  if (isStream && status === 'decided')
    throw new AppError(
      'invalid_request',
      'status is "decided", but a stream has the calls that wait, and their decisions.',
      {
        param: 'status',
      },
    );
  if (isStream && after !== undefined)
    throw new AppError('invalid_request', 'after is for pages: a stream begins with all calls that wait.', {
      param: 'after',
    });
  return {
    status,
    isStream,
    page: {
      owner: caller ?? null,
      tool: tool ?? null,
      ...(dialect && { dialect }),
      ...(from !== undefined && { madeFromMs: Date.parse(from) }),
      ...(before !== undefined && { madeBeforeMs: Date.parse(before) }),
      after: after ?? null,
      limit,
    },
  };
}

export function decodeAction(body: z.output<typeof DecideBody>): Action {
  switch (body.action) {
    case 'edit':
      return { action: body.action, arguments: textOf(body.arguments) };
    case 'reject':
      return { action: body.action, message: body.message ?? null };
    case 'accept':
      return { action: body.action };
    case 'feedback':
      return { action: body.action, message: body.message };
  }
}

/** Throws `invalid_request` for a call that is decided twice. */
export function decodeActions({ decisions }: z.output<typeof DecideAllBody>): (Action & { id: string })[] {
  const ids = new Set(decisions.map(({ id }) => id));
  if (ids.size < decisions.length)
    throw new AppError('invalid_request', 'decisions names an approval twice', { param: 'decisions' });
  return decisions.map((decision) => ({ id: decision.id, ...decodeAction(decision) }));
}

export function encodeApproval(
  { response, call, why, decision, expiresAt, earlier }: Approval,
  { userId }: Pick<Caller, 'userId'>,
): z.input<typeof ApprovalReply> {
  return {
    object: 'approval',
    id: call.id,
    call_id: call.callId,
    response_id: response.id,
    caller: response.userId,
    mine: response.userId === userId,
    dialect: response.dialect,
    model: response.model,
    tool: call.name,
    kind: call.kind ?? 'function',
    server_label: call.serverLabel,
    arguments: call.arguments,
    parsed_arguments: objectIn(call.arguments),
    proposed_arguments: call.proposedArguments,
    parameters: call.parameters === undefined ? null : objectIn(call.parameters),
    why,
    created_at: isoTime(madeAt(call, response)),
    expires_at: expiresAt === null ? null : isoTime(expiresAt),
    decision: decision && encodeDecision(decision),
    earlier: earlier && {
      id: earlier.itemId,
      response_id: earlier.responseId,
      proposed_arguments: earlier.proposedArguments,
      arguments: earlier.runArguments,
      decided_at: isoTime(earlier.decidedAt),
      decided_by: earlier.userId,
    },
  };
}

export function encodeApprovals(
  { approvals, hasMore }: ApprovalPage,
  caller: Pick<Caller, 'userId'>,
): z.input<typeof ApprovalList> {
  return {
    object: 'list',
    data: approvals.map((approval) => encodeApproval(approval, caller)),
    first_id: approvals[0]?.call.id ?? null,
    last_id: approvals.at(-1)?.call.id ?? null,
    has_more: hasMore,
  };
}

export function encodeOutcomes(
  outcomes: readonly DecisionOutcome[],
  caller: Pick<Caller, 'userId'>,
): z.input<typeof DecideAllReply> {
  return {
    object: 'list',
    data: outcomes.map(({ id, approval, error }) => ({
      id,
      approval: approval && encodeApproval(approval, caller),
      error: error && encodeRefusal(error).error,
    })),
  };
}

/** An error as the routes of approvals answer it. */
export function encodeRefusal(error: AppError): z.output<typeof OpenaiErrorReply> {
  return OpenaiErrorReply.parse(dialectNamed('openai').encodeError(error).body);
}

/** A change as a server-sent event. */
export function encodeChange(change: ApprovalChange, caller: Pick<Caller, 'userId'>): string {
  const data = eventOf(change, caller);
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

function eventOf(change: ApprovalChange, caller: Pick<Caller, 'userId'>): z.input<typeof ApprovalEvent> {
  switch (change.type) {
    case 'waiting':
    case 'decided':
      return { type: `approval.${change.type}`, approval: encodeApproval(change.approval, caller) };
    case 'ended':
      return { type: 'approval.ended', id: change.id };
    case 'current':
      return { type: 'approvals.current', has_more: change.hasMore };
  }
}

function encodeDecision(record: DecisionRecord): z.input<typeof DecisionReply> {
  return {
    action: record.action,
    message: record.message,
    arguments: record.runArguments,
    decided_at: isoTime(record.decidedAt),
    decided_by: record.userId,
  };
}

function textOf(given: JsonObject | string): string {
  return typeof given === 'string' ? given : JSON.stringify(given);
}

function objectIn(text: string): JsonObject | null {
  try {
    const parsed = JsonObject.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
