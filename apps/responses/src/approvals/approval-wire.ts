import { JsonObject, pageOf } from '@antiphon/contracts';
import { z } from 'zod';
import { isoTime, madeAt, Time } from '../runs/run-wire.ts';
import type { Approval } from './approval.ts';
import type { Action, ApprovalPage } from './approvals.service.ts';

/* The schemas of approvals, and their encoding. */

export const ApprovalsQuery = z.object({
  status: z.enum(['pending', 'decided']).default('pending'),
  tool: z.string().max(256).optional(),
  after: z.string().max(128).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});

export const DecideBody = z.discriminatedUnion('action', [
  z.object({ action: z.literal('accept') }),
  /** The arguments to run instead: an object, or its JSON text. */
  z.object({ action: z.literal('edit'), arguments: z.union([JsonObject, z.string()]) }),
  /** The model reads the message as the reason. */
  z.object({ action: z.literal('reject'), message: z.string().nullish() }),
  /** The model reads the message as the result of the call. */
  z.object({ action: z.literal('feedback'), message: z.string().min(1) }),
]);

export const ApprovalReply = z.looseObject({
  object: z.literal('approval'),
  /** The id of the call's item, which `/v1/responses` shows as `mcp_approval_request`. */
  id: z.string(),
  call_id: z.string(),
  response_id: z.string(),
  dialect: z.string(),
  model: z.string(),
  tool: z.string(),
  kind: z.string(),
  server_label: z.string().nullable(),
  /** JSON text as the model wrote it, or as a decision edited it. */
  arguments: z.string(),
  /** What the model proposed, where a decision edited it. */
  proposed_arguments: z.string().nullable(),
  assistant_text: z.string().nullable(),
  created_at: Time,
  decision: z
    .looseObject({
      action: z.string(),
      message: z.string().nullable(),
      decided_at: Time,
      decided_by: z.string(),
    })
    .nullable(),
});
export const ApprovalList = pageOf(ApprovalReply);

export function decodeApprovals({ status, tool, after, limit }: z.output<typeof ApprovalsQuery>) {
  return { status, page: { tool: tool ?? null, after: after ?? null, limit } };
}

export function decodeAction(body: z.output<typeof DecideBody>): Action {
  switch (body.action) {
    case 'edit': {
      const { action, arguments: edited } = body;
      return { action, arguments: typeof edited === 'string' ? edited : JSON.stringify(edited) };
    }
    case 'reject':
      return { action: body.action, message: body.message ?? null };
    default:
      return body;
  }
}

export function encodeApproval({
  response,
  call,
  assistantText,
  decision,
}: Approval): z.input<typeof ApprovalReply> {
  return {
    object: 'approval',
    id: call.id,
    call_id: call.callId,
    response_id: response.id,
    dialect: response.dialect,
    model: response.model,
    tool: call.name,
    kind: call.kind ?? 'function',
    server_label: call.serverLabel,
    arguments: call.arguments,
    proposed_arguments: call.proposedArguments,
    assistant_text: assistantText,
    created_at: isoTime(madeAt(call, response)),
    decision: decision && {
      action: decision.action,
      message: decision.message,
      decided_at: isoTime(decision.decidedAt),
      decided_by: decision.userId,
    },
  };
}

export function encodeApprovals({ approvals, hasMore }: ApprovalPage): z.input<typeof ApprovalList> {
  return {
    object: 'list',
    data: approvals.map(encodeApproval),
    first_id: approvals[0]?.call.id ?? null,
    last_id: approvals.at(-1)?.call.id ?? null,
    has_more: hasMore,
  };
}
