import {
  type Caller,
  type Decision,
  type DecisionRecord,
  type FunctionCallItem,
  isFinal,
  type Item,
  newId,
  type Response,
} from '@antiphon/contracts';
import { decide } from '@antiphon/engine';
import type {
  AnswerStore,
  ConversationStore,
  DecisionStore,
  EventLogStore,
  HistoryStore,
  IdempotencyStore,
  InsertExtras,
  ItemStore,
  KeyedCreate,
  LeaseStore,
  Owners,
  ResponseStore,
} from '@antiphon/runtime';

/** The stores of the runtime over maps of one spec, each with the methods that the app calls. They return copies, as a database does. */
export class MemoryStores {
  readonly rows = new Map<string, Response>();
  /** Owners of conversations, by id. */
  readonly owners = new Map<string, string>();
  /** Items that callers added to conversations. */
  readonly added = new Map<string, Item[]>();
  /** The extras of each `insertWith`, in order. */
  readonly extras: InsertExtras[] = [];
  /** The decisions about calls, oldest first. */
  readonly decided: DecisionRecord[] = [];
  readonly keyed = new Map<string, KeyedCreate>();
  /** Ids of reusable answers, by the hash of their request. */
  readonly answered = new Map<string, string>();
  /** The error of the table of answers. */
  answersFailure: Error | null = null;
  /** Background responses that are queued already. */
  queuedBefore = 0;
  /** Called before a row is inserted, to act as another process. */
  beforeInsert: () => void = () => undefined;

  readonly responses: Pick<
    ResponseStore,
    | 'insert'
    | 'insertRunning'
    | 'insertWith'
    | 'find'
    | 'findOf'
    | 'findWaiting'
    | 'waitingVersions'
    | 'pausedUntil'
    | 'list'
    | 'listWaiting'
    | 'countQueued'
    | 'cancel'
    | 'delete'
  > = {
    insert: async (response) => {
      this.put(response);
    },
    insertRunning: async (response) => {
      this.beforeInsert();
      this.put(response);
      return { responseId: response.id, epoch: 1 };
    },
    insertWith: async (response, extras) => {
      this.beforeInsert();
      const { id, userId, stored } = response;
      const { key, decides, isRunning } = extras;
      if (key && !(await this.keys.take(userId, key, stored ? id : null))) return null;
      this.extras.push(extras);
      const paused = decides === null ? undefined : this.rows.get(decides);
      if (paused) this.put({ ...paused, status: 'completed' });
      if (stored) this.put(response);
      return { lease: stored && isRunning ? { responseId: id, epoch: 1 } : null };
    },
    find: async (caller, id) => this.find(caller, id),
    findOf: async (owners, id) => this.owned(owners).find((response) => response.id === id) ?? null,
    findWaiting: async (owners, itemId) =>
      this.owned(owners).find(
        (response) => !isFinal(response.status) && pendingIn(response).some(({ id }) => id === itemId),
      ) ?? null,
    waitingVersions: async (owners, countMax) =>
      this.owned(owners)
        .filter((response) => response.status === 'requires_action' && pendingIn(response).length > 0)
        .slice(-countMax)
        .map((response) => ({ id: response.id, version: JSON.stringify(response.output) })),
    pausedUntil: async (ids) =>
      new Map(ids.flatMap((id) => (this.rows.get(id)?.onPause === 'wait' ? [[id, pausedUntilMs]] : []))),
    list: async (caller, { after, limit }) =>
      pageOf(this.owned({ userId: caller.userId }), (response) => response.id === after, { after, limit }),
    listWaiting: async (owners, { after, limit, dialect, waitingCall: { tool = null } }) => {
      const waits = (response: Response) =>
        response.status === 'requires_action' &&
        (dialect ?? response.dialect) === response.dialect &&
        pendingIn(response).some(({ name }) => (tool ?? name) === name);
      const page = pageOf(this.owned(owners), (response) => response.id === after, {
        after,
        limit: Infinity,
      });
      const listed = page?.responses.filter(waits);
      return listed ? { responses: listed.slice(0, limit), hasMore: listed.length > limit } : null;
    },
    countQueued: async () =>
      this.queuedBefore + [...this.rows.values()].filter(({ status }) => status === 'queued').length,
    cancel: async (caller, id) => {
      const response = this.find(caller, id);
      if (!response || isFinal(response.status)) return response && { response, wasCancelled: false };
      return { response: this.put({ ...response, status: 'cancelled' }), wasCancelled: true };
    },
    delete: async (caller, id) => this.find(caller, id) !== null && this.rows.delete(id),
  };

  readonly leases: Pick<LeaseStore, 'takeUp' | 'finish'> = {
    takeUp: async (id) => {
      const response = this.rows.get(id);
      if (response?.status !== 'queued') return null;
      const claimed = this.put({ ...response, status: 'in_progress' });
      const lease = { responseId: id, epoch: 2 };
      const size = { bytes: 0, bytesMax: 0 };
      return { lease, response: claimed, remainingMs: 60_000, limitMs: 60_000, isLogged: false, ...size };
    },
    finish: async (_lease, response) => {
      this.put(response);
      return true;
    },
  };

  readonly decisions: Pick<
    DecisionStore,
    'decide' | 'list' | 'listByTime' | 'findByItem' | 'earlierEdits' | 'pausedIn'
  > = {
    decide: async (owner, id, decisions, goesOn, decidedBy = owner.userId) => {
      const paused = this.find(owner, id);
      return paused && this.decide(paused, decisions, { goesOn, decidedBy });
    },
    list: async (caller, id) =>
      this.decided.filter(({ responseId }) => responseId === id && this.find(caller, id) !== null),
    listByTime: async (owners, { tool, after, limit }) => {
      const listed = this.decidedOf(owners)
        .filter(({ toolName }) => (tool ?? toolName) === toolName)
        .toReversed();
      const page = pageOf(listed, ({ itemId }) => itemId === after, { after, limit });
      return page && { records: page.responses, hasMore: page.hasMore };
    },
    findByItem: async (owners, id) => this.decidedOf(owners).find(({ itemId }) => itemId === id) ?? null,
    earlierEdits: async (calls) =>
      calls.map(
        ({ responseId, itemId, tool }) =>
          this.decided.findLast(
            (record) =>
              record.responseId === responseId &&
              record.toolName === tool &&
              record.action === 'edit' &&
              record.itemId !== itemId,
          ) ?? null,
      ),
    pausedIn: async (caller, conversationId, responseId) => {
      const paused = [...this.rows.values()].find(
        (response) =>
          response.userId === caller.userId &&
          response.conversationId === conversationId &&
          response.status === 'requires_action' &&
          (responseId === null || response.id === responseId),
      );
      return paused?.id ?? null;
    },
  };

  readonly history: Pick<HistoryStore, 'read' | 'readMeasured' | 'readLocked'> = {
    readMeasured: async (caller, response) => {
      const items = await this.history.read(caller, response);
      return { items, bytes: 0, version: String(items.length) };
    },
    readLocked: async (caller, response, { items, version }) => {
      const now = await this.history.read(caller, response);
      return version === String(now.length) ? items : now;
    },
    read: async (caller, { previousResponseId, conversationId }) => {
      const previous = previousResponseId === null ? null : this.find(caller, previousResponseId);
      if (!previous) return structuredClone(this.added.get(conversationId ?? '') ?? []);
      return [...(await this.history.read(caller, previous)), ...previous.input, ...previous.output];
    },
  };

  readonly items: Pick<ItemStore, 'find'> = {
    find: async (_caller, ids) => {
      const items = [...this.rows.values()].flatMap(({ input, output }) => [...input, ...output]);
      return new Map(items.filter(({ id }) => ids.includes(id)).map((item) => [item.id, [item]]));
    },
  };

  readonly conversations: Pick<ConversationStore, 'exists' | 'existsForAnyUser' | 'open'> = {
    exists: async (caller, id) => this.owners.get(id) === caller.userId,
    existsForAnyUser: async (id) => this.owners.has(id),
    open: async (caller, id) => {
      if (!this.owners.has(id)) this.owners.set(id, caller.userId);
    },
  };

  readonly keys: Pick<IdempotencyStore, 'find' | 'take'> = {
    find: async (_caller, key) => this.keyed.get(key) ?? null,
    take: async (_userId, { key, requestHash }, responseId) => {
      if (this.keyed.has(key)) return false;
      this.keyed.set(key, { requestHash, responseId });
      return true;
    },
  };

  readonly answers: Pick<AnswerStore, 'find' | 'keep'> = {
    find: async (caller, hash) => {
      if (this.answersFailure) throw this.answersFailure;
      return this.find(caller, this.answered.get(hash) ?? '');
    },
    keep: async (_caller, hash, id) => {
      if (this.answersFailure) throw this.answersFailure;
      this.answered.set(hash, id);
    },
  };

  /** No events are kept, so that readers rebuild them from the row. */
  readonly logs: Pick<EventLogStore, 'read'> = { read: async () => ({ bursts: [], hasMore: false }) };

  put(response: Response): Response {
    this.rows.set(response.id, structuredClone(response));
    return response;
  }

  private owned(owners: Owners): Response[] {
    const owned = [...this.rows.values()].filter((response) =>
      'userId' in owners
        ? response.userId === owners.userId && (owners.inTenant ?? response.tenantId) === response.tenantId
        : response.tenantId === owners.tenantId,
    );
    return structuredClone(owned);
  }

  private decidedOf(owners: Owners): DecisionRecord[] {
    const ids = new Set(this.owned(owners).map(({ id }) => id));
    return this.decided.filter(({ responseId }) => ids.has(responseId));
  }

  private find(caller: Pick<Caller, 'userId'>, id: string): Response | null {
    const response = this.rows.get(id);
    return response?.userId === caller.userId ? structuredClone(response) : null;
  }

  private decide(
    paused: Response,
    decisions: readonly Decision[],
    { goesOn, decidedBy }: { goesOn: 'here' | 'queued'; decidedBy: string },
  ) {
    const { response, events } = decide(paused, decisions, {
      newId,
      userId: decidedBy,
      decidedAt: Date.now(),
    });
    for (const decision of decisions) this.record(paused, decision, decidedBy);
    const states = response.output.map((item) => (item.type === 'function_call' ? item.state : null));
    if (states.includes('pending_approval') && !states.includes('approved'))
      return { response: this.put(response), events, lease: null, loggedFrom: null };
    const isOurs = goesOn === 'here' && !response.background;
    const moved = this.put({ ...response, status: isOurs ? 'in_progress' : 'queued' });
    return {
      response: moved,
      events,
      lease: isOurs ? { responseId: response.id, epoch: 2 } : null,
      loggedFrom: null,
    };
  }

  private record(paused: Response, decision: Decision, decidedBy: string): void {
    const call = paused.output.find(
      (item) => item.type === 'function_call' && item.callId === decision.callId,
    );
    if (call?.type !== 'function_call') return;
    const accepted = decision.action === 'accept' ? call.arguments : null;
    this.decided.push({
      userId: decidedBy,
      responseId: paused.id,
      callId: call.callId,
      itemId: call.id,
      toolName: call.name,
      action: decision.action,
      proposedArguments: call.arguments,
      runArguments: decision.action === 'edit' ? decision.arguments : accepted,
      message: 'message' in decision ? decision.message : null,
      decidedAt: Date.now(),
    });
  }
}

/** Until when the runs of a spec wait that do not wait for ever. */
const pausedUntilMs = 4_000_000_000_000;

function pendingIn({ output }: Response): FunctionCallItem[] {
  return output.filter(
    (item): item is FunctionCallItem => item.type === 'function_call' && item.state === 'pending_approval',
  );
}

/** A page of entries. Null: `after` is none of them. */
function pageOf<Entry>(
  entries: readonly Entry[],
  isAfter: (entry: Entry) => boolean,
  { after, limit }: { after: string | null; limit: number },
): { responses: Entry[]; hasMore: boolean } | null {
  const from = entries.findIndex(isAfter) + 1;
  if (after !== null && from === 0) return null;
  return { responses: entries.slice(from, from + limit), hasMore: entries.length > from + limit };
}
