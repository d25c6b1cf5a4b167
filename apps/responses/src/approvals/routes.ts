import { type Api, decoded, decodedBy, defineRoute } from '@antiphon/contracts';
import { OpenaiErrorReply } from '@antiphon/dialects';
import {
  ApprovalEvent,
  ApprovalList,
  ApprovalReply,
  ApprovalsQuery,
  DecideAllBody,
  DecideAllReply,
  DecideBody,
  decodeAction,
  decodeActions,
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
      'Tool calls of runs that wait for approval, oldest first, or that were decided, latest first: of your runs, with the scope approvals of all runs of your tenant',
    query: decodedBy(ApprovalsQuery, decodeApprovals),
    reply: { status: 200, description: 'A page of approvals', json: ApprovalList, event: ApprovalEvent },
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
  decideAll: defineRoute({
    method: 'post',
    path: `${base}/decide`,
    name: 'decideApprovals',
    summary: 'Decide about several calls that wait, those of one run together',
    body: decoded(DecideAllBody, decodeActions),
    reply: { status: 200, description: 'What became of each decision', json: DecideAllReply },
  }),
};

export const approvalsApi: Api = {
  name: 'approvals',
  title: 'Antiphon: approvals',
  schemas: {
    requests: { DecideBody, DecideAllBody },
    replies: {
      Approval: ApprovalReply,
      ApprovalList,
      ApprovalEvent,
      DecideAllReply,
      ErrorReply: OpenaiErrorReply,
    },
  },
  failure: OpenaiErrorReply,
  routes: Object.values(approvalRoutes),
};
