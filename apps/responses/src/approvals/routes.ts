import { type Api, decoded, defineRoute } from '@antiphon/contracts';
import { OpenaiErrorReply } from '@antiphon/dialects';
import {
  ApprovalList,
  ApprovalReply,
  ApprovalsQuery,
  DecideBody,
  decodeAction,
  decodeApprovals,
} from './approval-wire.ts';

const base = '/v1/approvals';
const approval = { status: 200, description: 'The approval', json: ApprovalReply };

export const approvalRoutes = {
  list: defineRoute({
    method: 'get',
    path: base,
    name: 'listApprovals',
    summary:
      'Tool calls of your runs that wait for approval, oldest first, or that were decided, latest first',
    query: decoded(ApprovalsQuery, decodeApprovals),
    reply: { status: 200, description: 'A page of approvals', json: ApprovalList },
  }),
  retrieve: defineRoute({
    method: 'get',
    path: `${base}/{id}`,
    name: 'retrieveApproval',
    summary: 'An approval',
    reply: approval,
  }),
  decide: defineRoute({
    method: 'post',
    path: `${base}/{id}/decide`,
    name: 'decideApproval',
    summary: 'Decide about a call that waits; its run goes on',
    body: decoded(DecideBody, decodeAction),
    reply: approval,
  }),
};

export const approvalsApi: Api = {
  name: 'approvals',
  title: 'Antiphon: approvals',
  schemas: {
    requests: { DecideBody },
    replies: { Approval: ApprovalReply, ApprovalList, ErrorReply: OpenaiErrorReply },
  },
  failure: OpenaiErrorReply,
  routes: Object.values(approvalRoutes),
};
