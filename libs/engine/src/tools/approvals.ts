import {
  AppError,
  type Decision,
  type FunctionCallItem,
  type Item,
  type Response,
} from '@antiphon/contracts';

/** The fields of a request with its decisions about a paused response. */
export type Following = Pick<Response, 'input' | 'serverTools'> & {
  requestServers: readonly Pick<Response['requestServers'][number], 'label'>[];
};

/**
 * The decisions of the approvals in a request's input about the calls of the response that it follows. Approvals of calls in the request
 * itself are left out: they concern no stored response. Throws `invalid_request` for an approval of an unknown or decided call,
 * of a tool that the request does not offer, and where a call has no answer.
 */
export function decisionsIn(followed: Response | null, request: Following): Decision[] {
  const pending = followed?.status === 'requires_action' ? pendingApprovals(followed.output) : [];
  const own = pendingApprovals(request.input);
  const answered = new Set<string>();
  const decisions: Decision[] = [];
  for (const item of request.input) {
    if (item.type !== 'approval_response') continue;
    const { approvalRequestId: id, approve, reason } = item;
    if (answered.has(id)) throw refusal(`The approval request ${id} is answered twice.`);
    answered.add(id);
    const call = [...pending, ...own].find((one) => one.id === id);
    if (!call) throw refusal(followed?.output.some((one) => one.id === id) ? decided(id) : unknown(id));
    if (approve && !offers(request, call)) {
      throw refusal(`The approval of ${id} is for ${call.name}, which is not among the request's tools.`);
    }
    if (!pending.includes(call)) continue;
    const { callId } = call;
    decisions.push(approve ? { callId, action: 'accept' } : { callId, action: 'reject', message: reason });
  }
  const open = pending.filter(({ id }) => !answered.has(id));
  if (open.length === 0) return decisions;
  const ids = open.map(({ id }) => id).join(', ');
  throw refusal(`The following MCP approval requests do not have an approval: ${ids}`);
}

function pendingApprovals(items: readonly Item[]): FunctionCallItem[] {
  return items.filter(
    (item): item is FunctionCallItem => item.type === 'function_call' && item.state === 'pending_approval',
  );
}

function offers(
  { serverTools, requestServers }: Following,
  { name, serverLabel }: FunctionCallItem,
): boolean {
  if (serverLabel !== null) return requestServers.some(({ label }) => label === serverLabel);
  return serverTools === 'all' || serverTools.includes(name);
}

function decided(id: string): string {
  return `The approval request ${id} is already decided.`;
}

function unknown(id: string): string {
  return `There is no approval request ${id} that this request could answer.`;
}

function refusal(message: string): AppError {
  return new AppError('invalid_request', message, { param: 'input' });
}
