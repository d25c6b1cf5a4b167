import {
  AppError,
  type Caller,
  creatorOf,
  type Decision,
  type DecisionRecord,
  type DialectName,
  type Response,
} from '@antiphon/contracts';
import { DecisionStore, type Owners, ResponseStore, RunEvents } from '@antiphon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { APPROVALS_CONFIG, type ApprovalsConfig } from '../config.ts';
import { DecisionsService } from '../responses/decisions.service.ts';
import { madeAt } from '../runs/run-wire.ts';
import { type Approval, type CallToDecide, canGoOn, decidedIn, waitingIn } from './approval.ts';
import { listedOwners, reachOf } from './reach.ts';

/** Which approvals a list or a stream has. A field that is null or left out does not filter. */
export interface ApprovalFilter {
  /** `me`, or the id of the user whose run it is. */
  owner: string | null;
  tool: string | null;
  dialect?: DialectName;
  /** The model made the call at this time or later, in milliseconds since the epoch. */
  madeFromMs?: number;
  /** The model made the call before this time, in milliseconds since the epoch. */
  madeBeforeMs?: number;
}

export interface ApprovalPageQuery extends ApprovalFilter {
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

/** What became of one of several decisions. Where another one counts, `approval` has it and `error` is a `conflict`. */
export interface DecisionOutcome {
  id: string;
  approval: Approval | null;
  error: AppError | null;
}

/** The approvals that a caller sees, in the runs of all dialects. */
@Injectable()
export class ApprovalsService {
  constructor(
    private readonly responses: ResponseStore,
    private readonly decisions: DecisionStore,
    private readonly deciding: DecisionsService,
    private readonly runEvents: RunEvents,
    @Inject(APPROVALS_CONFIG) private readonly config: Pick<ApprovalsConfig, 'decideWaitMs'>,
  ) {}

  /**
   * The calls that wait, those of the oldest run first. Errors: `invalid_request` where `after` names no approval, or too many runs would have to be
   * compared; `forbidden` of `listedOwners`.
   */
  async listWaiting(caller: Caller, query: ApprovalPageQuery): Promise<ApprovalPage> {
    const owners = listedOwners(caller, query.owner);
    const { tool, dialect, madeFromMs, madeBeforeMs, after, limit } = query;
    const last = after === null ? null : ((await this.find([owners], after))?.response ?? noSuchPlace());
    const page = await this.responses.listWaiting(owners, {
      statuses: null,
      model: null,
      conversationId: null,
      metadata: {},
      ...(dialect && { dialect }),
      waitingCall: {
        tool,
        ...(madeFromMs !== undefined && { madeFromMs }),
        ...(madeBeforeMs !== undefined && { madeBeforeMs }),
      },
      after: last?.id ?? null,
      limit,
      order: 'asc',
    });
    if (!page) noSuchPlace();
    const { responses, hasMore } = page;
    const place = last?.output.findIndex(({ id }) => id === after) ?? -1;
    const rest = last ? waitingIn(last).filter(({ call }) => last.output.indexOf(call) > place) : [];
    const waiting = [...rest, ...responses.flatMap(waitingIn)].filter((call) => isWanted(call, query));
    return {
      approvals: await this.complete(waiting.slice(0, limit)),
      hasMore: hasMore || waiting.length > limit,
    };
  }

  /** The decided calls, the latest decision first. Errors: those of `listWaiting`. */
  async listDecided(caller: Caller, { owner, ...filter }: ApprovalPageQuery): Promise<ApprovalPage> {
    const owners = listedOwners(caller, owner);
    const { records, hasMore } = (await this.decisions.listByTime(owners, filter)) ?? noSuchPlace();
    const decided: CallToDecide[] = [];
    let response: Response | null = null;
    // One after the other: a page never holds more of its responses than it shows.
    for (const record of records) {
      if (response?.id !== record.responseId)
        response = await this.responses.findOf(owners, record.responseId);
      const call: CallToDecide | null = response && decidedIn(response, record);
      if (call) decided.push(call);
    }
    return { approvals: await this.complete(decided), hasMore };
  }

  /** Throws `not_found`. */
  async retrieve(caller: Caller, id: string): Promise<Approval> {
    const found = (await this.find(reachOf(caller), id)) ?? noSuchApproval(id);
    const [approval = noSuchApproval(id)] = await this.complete([found]);
    return approval;
  }

  /**
   * Decides about a call that waits; its run goes on in the stream that holds it open, or in a worker. While the run carries out another of its
   * calls, this waits for its next pause. Of two decisions the first counts. Errors in the outcome: `not_found`, `conflict` for a decided call and
   * for a run that only the next request can continue or that does not pause in time, `invalid_request` for arguments that are no JSON object.
   */
  async decide(caller: Caller, id: string, action: Action, gone: AbortSignal): Promise<DecisionOutcome> {
    const [outcome = noSuchApproval(id)] = await this.decideAll(caller, [{ id, ...action }], gone);
    return outcome;
  }

  /** Decides about several calls, those of one run in one transaction, so that it goes on with all of them. Outcomes in the order of `actions`. */
  async decideAll(
    caller: Caller,
    actions: readonly (Action & { id: string })[],
    gone: AbortSignal,
  ): Promise<DecisionOutcome[]> {
    const outcomes = new Map<string, DecisionOutcome>();
    const byRun = new Map<string, { response: Response; decisions: ItemDecision[] }>();
    for (const { id, ...action } of actions) {
      const found = await this.find(reachOf(caller), id);
      if (!found || found.decision) {
        outcomes.set(id, await this.refusal(id, found));
        continue;
      }
      const { response, call } = found;
      const run = byRun.get(response.id) ?? { response, decisions: [] };
      run.decisions.push({ itemId: id, decision: { ...action, callId: call.callId } });
      byRun.set(response.id, run);
    }
    for (const { response, decisions } of byRun.values())
      for (const outcome of await this.decideRun(caller, response, decisions, gone))
        outcomes.set(outcome.id, outcome);
    return actions.flatMap(({ id }) => outcomes.get(id) ?? []);
  }

  /** Adds to calls what other rows say about them. */
  async complete(calls: readonly CallToDecide[]): Promise<Approval[]> {
    if (calls.length === 0) return [];
    const [until, earlier] = await Promise.all([
      this.responses.pausedUntil([...new Set(calls.map(({ response }) => response.id))]),
      this.decisions.earlierEdits(
        calls.map(({ response, call, decision }) => ({
          userId: response.userId,
          responseId: response.id,
          conversationId: response.conversationId,
          itemId: call.id,
          tool: call.name,
          decidedAt: decision?.decidedAt ?? null,
        })),
      ),
    ]);
    return calls.map((call, index) => ({
      ...call,
      expiresAt: call.decision ? null : (until.get(call.response.id) ?? null),
      earlier: earlier[index] ?? null,
    }));
  }

  /** The approval in the first of these owners' runs that has it; null where none has. */
  async find(reach: readonly Owners[], id: string): Promise<CallToDecide | null> {
    for (const owners of reach) {
      const response = await this.responses.findWaiting(owners, id);
      const waiting = response && waitingIn(response).find(({ call }) => call.id === id);
      if (waiting) return waiting;
      const decision = await this.decisions.findByItem(owners, id);
      const decidedOf = decision && (await this.responses.findOf(owners, decision.responseId));
      const decided = decision && decidedOf && decidedIn(decidedOf, decision);
      if (decided) return decided;
    }
    return null;
  }

  /** Decides about calls of one run. Where another decision about one of them came first, the others are tried again. */
  private async decideRun(
    caller: Caller,
    response: Response,
    decisions: readonly ItemDecision[],
    gone: AbortSignal,
  ): Promise<DecisionOutcome[]> {
    const failed = (error: unknown) =>
      decisions.map(({ itemId: id }) => ({ id, approval: null, error: AppError.from(error) }));
    try {
      if (!canGoOn(response)) throw accessEnded(response);
      await this.untilPaused(response, gone);
      await this.deciding.decideAside(
        response,
        response.id,
        decisions.map(({ decision }) => decision),
        caller.userId,
      );
    } catch (error) {
      const now = await Promise.all(decisions.map(({ itemId }) => this.find(reachOf(caller), itemId)));
      const left = decisions.filter((_decision, index) => now[index]?.decision === null);
      const lost = await Promise.all(
        decisions.flatMap(({ itemId }, index) =>
          now[index]?.decision === null ? [] : [this.refusal(itemId, now[index] ?? null)],
        ),
      );
      if (left.length === decisions.length) return failed(error);
      return left.length === 0 ? lost : [...lost, ...(await this.decideRun(caller, response, left, gone))];
    }
    return Promise.all(
      decisions.map(async ({ itemId: id }) => ({
        id,
        approval: await this.retrieve(caller, id),
        error: null,
      })),
    );
  }

  /** Waits while the run carries out another call. Throws `conflict` where it does not pause in time. */
  private async untilPaused(response: Response, gone: AbortSignal): Promise<void> {
    const isBusy = ({ status }: Response) => status === 'queued' || status === 'in_progress';
    if (!isBusy(response)) return;
    const signal = AbortSignal.any([gone, AbortSignal.timeout(this.config.decideWaitMs)]);
    const now = await this.runEvents.awaitResponse(
      creatorOf(response),
      response.id,
      (one) => !isBusy(one),
      signal,
    );
    if (now && isBusy(now))
      throw new AppError(
        'conflict',
        `The run ${response.id} is carrying out another call: decide again once it waits.`,
        { retryAfterMs: this.config.decideWaitMs },
      );
  }

  private async refusal(id: string, found: CallToDecide | null): Promise<DecisionOutcome> {
    if (!found?.decision) return { id, approval: null, error: unknownApproval(id) };
    const [approval = null] = await this.complete([found]);
    return { id, approval, error: decidedAlready(found.decision) };
  }
}

interface ItemDecision {
  itemId: string;
  decision: Decision;
}

/** Whether a waiting call fits the filter. Its owner is part of the query that found it. */
export function isWanted(
  { response, call }: CallToDecide,
  { tool, dialect, madeFromMs = -Infinity, madeBeforeMs = Infinity }: ApprovalFilter,
): boolean {
  const made = madeAt(call, response);
  return (
    (tool ?? call.name) === call.name &&
    (dialect ?? response.dialect) === response.dialect &&
    made >= madeFromMs &&
    made < madeBeforeMs
  );
}

function accessEnded({ id }: Response): AppError {
  return new AppError(
    'conflict',
    `The access to the MCP servers of ${id} ended with its answer: send the approval with the next response, which names the servers again.`,
  );
}

function decidedAlready({ action, userId, decidedAt }: DecisionRecord): AppError {
  const time = new Date(decidedAt).toISOString();
  return new AppError('conflict', `The call is decided already: ${action} by ${userId} at ${time}.`);
}

function unknownApproval(id: string): AppError {
  return new AppError('not_found', `There is no approval ${id}.`);
}

function noSuchApproval(id: string): never {
  throw unknownApproval(id);
}

function noSuchPlace(): never {
  throw new AppError('invalid_request', 'after names none of these approvals', { param: 'after' });
}
