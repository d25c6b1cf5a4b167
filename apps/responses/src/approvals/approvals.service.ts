import {
  AppError,
  type Caller,
  type Decision,
  type DecisionRecord,
  type Response,
} from '@antiphon/contracts';
import { DecisionStore, ResponseStore } from '@antiphon/runtime';
import { Injectable } from '@nestjs/common';
import { DecisionsService } from '../responses/decisions.service.ts';
import { type Approval, canGoOn, decidedIn, waitingIn } from './approval.ts';

export interface ApprovalPageQuery {
  tool: string | null;
  /** The id of an approval: the page begins after it. */
  after: string | null;
  limit: number;
}

export interface ApprovalPage {
  approvals: Approval[];
  hasMore: boolean;
}

/** A decision about the call that its caller names by the item. */
export type Action =
  Exclude<Decision, { action: 'output' }> extends infer Each
    ? Each extends Decision
      ? Omit<Each, 'callId'>
      : never
    : never;

/** The approvals of a caller, in the runs of all dialects. */
@Injectable()
export class ApprovalsService {
  constructor(
    private readonly responses: ResponseStore,
    private readonly decisions: DecisionStore,
    private readonly deciding: DecisionsService,
  ) {}

  /** The calls that wait, those of the oldest run first. Throws `invalid_request` where `after` names no approval. */
  async listWaiting(caller: Caller, { tool, after, limit }: ApprovalPageQuery): Promise<ApprovalPage> {
    const last = after === null ? null : ((await this.responseOf(caller, after)) ?? noSuchPlace());
    const filter = { statuses: null, model: null, conversationId: null, metadata: {}, waitingCall: { tool } };
    const page = await this.responses.list(caller, {
      ...filter,
      after: last?.id ?? null,
      limit,
      order: 'asc',
    });
    if (!page) noSuchPlace();
    const { responses, hasMore } = page;
    const place = last?.output.findIndex(({ id }) => id === after) ?? -1;
    const rest = last ? waitingIn(last).filter(({ call }) => last.output.indexOf(call) > place) : [];
    const waiting = [...rest, ...responses.flatMap(waitingIn)].filter(
      ({ call }) => tool === null || call.name === tool,
    );
    return { approvals: waiting.slice(0, limit), hasMore: hasMore || waiting.length > limit };
  }

  /** The decided calls, the latest decision first. Throws `invalid_request` where `after` names none of them. */
  async listDecided(caller: Caller, { tool, after, limit }: ApprovalPageQuery): Promise<ApprovalPage> {
    const records =
      (await this.decisions.listByTime(caller, { tool, after, countMax: limit + 1 })) ?? noSuchPlace();
    const approvals: Approval[] = [];
    let response: Response | null = null;
    // One after the other: a page never holds more of its responses than it shows.
    for (const record of records.slice(0, limit)) {
      if (response?.id !== record.responseId) response = await this.responses.find(caller, record.responseId);
      const approval: Approval | null = response && decidedIn(response, record);
      if (approval) approvals.push(approval);
    }
    return { approvals, hasMore: records.length > limit };
  }

  /** Throws `not_found`. */
  async retrieve(caller: Caller, id: string): Promise<Approval> {
    return (await this.findWaiting(caller, id)) ?? (await this.findDecided(caller, id)) ?? noSuchApproval(id);
  }

  /**
   * Decides about a call that waits; its run goes on in the stream that holds it open, or in a worker. Of two decisions the first
   * counts. Errors: `not_found`, `conflict` for a decided call and for a run that only the next request can continue, `invalid_request` for
   * arguments that are no JSON object.
   */
  async decide(caller: Caller, id: string, action: Action): Promise<Approval> {
    const approval = await this.retrieve(caller, id);
    if (approval.decision) throw decidedAlready(approval.decision);
    const { response, call } = approval;
    if (!canGoOn(response))
      throw new AppError(
        'conflict',
        `The access to the MCP servers of ${response.id} ended with its answer: send the approval with the next response, which names the servers again.`,
      );
    try {
      await this.deciding.decideAside(caller, response.id, [{ ...action, callId: call.callId }]);
    } catch (error) {
      const winner = await this.decisions.findByItem(caller, id);
      throw winner ? decidedAlready(winner) : error;
    }
    return this.retrieve(caller, id);
  }

  private async findWaiting(caller: Caller, id: string): Promise<Approval | undefined> {
    const response = await this.responses.findWaiting(caller, id);
    return response ? waitingIn(response).find(({ call }) => call.id === id) : undefined;
  }

  private async findDecided(caller: Caller, id: string): Promise<Approval | null> {
    const decision = await this.decisions.findByItem(caller, id);
    const response = decision && (await this.responses.find(caller, decision.responseId));
    return response && decidedIn(response, decision);
  }

  /** The response of a call that waits or was decided. */
  private async responseOf(caller: Caller, id: string): Promise<Response | null> {
    const approval = (await this.findWaiting(caller, id)) ?? (await this.findDecided(caller, id));
    return approval?.response ?? null;
  }
}

function decidedAlready({ action, userId, decidedAt }: DecisionRecord): AppError {
  const time = new Date(decidedAt).toISOString();
  return new AppError('conflict', `The call is decided already: ${action} by ${userId} at ${time}.`);
}

function noSuchApproval(id: string): never {
  throw new AppError('not_found', `There is no approval ${id}.`);
}

function noSuchPlace(): never {
  throw new AppError('invalid_request', 'after names none of your approvals', { param: 'after' });
}
