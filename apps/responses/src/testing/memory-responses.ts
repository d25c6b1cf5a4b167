import {
  type Caller,
  type Decision,
  type DecisionRecord,
  isFinal,
  type Item,
  newId,
  type Response,
  type ResponseFilter,
} from '@antiphon/contracts';
import { decide } from '@antiphon/engine';
import type {
  Claim,
  DecidedRun,
  IdempotencyKey,
  InsertExtras,
  KeyedCreate,
  Lease,
  ResponseStore,
} from '@antiphon/runtime';

/** Everything that the app asks of the store of responses. */
type AskedOfStore = Pick<
  ResponseStore,
  | 'insert'
  | 'insertRunning'
  | 'insertWith'
  | 'find'
  | 'history'
  | 'list'
  | 'findItems'
  | 'pausedIn'
  | 'hasConversation'
  | 'isConversationOfOthers'
  | 'startConversation'
  | 'takeUp'
  | 'countQueued'
  | 'finish'
  | 'decide'
  | 'decisions'
  | 'cancel'
  | 'delete'
>;

/** The store of responses in the memory of a spec. What it returns is a copy, as from a database. */
export class MemoryResponses implements AskedOfStore {
  readonly rows = new Map<string, Response>();
  /** Owners of conversations, by id. */
  readonly conversations = new Map<string, string>();
  /** Items that callers added to conversations. */
  readonly items = new Map<string, Item[]>();
  /** The extras of each `insertWith`, in order. */
  readonly extras: InsertExtras[] = [];
  readonly created = new Map<string, KeyedCreate>();
  /** Background responses that are queued already. */
  queuedBefore = 0;
  /** What another process does between a lookup of a key and the insert. */
  beforeInsert: () => void = () => undefined;

  readonly keys = {
    find: async (_caller: Caller, key: string) => this.created.get(key) ?? null,
    take: async (_userId: string, { key, requestHash }: IdempotencyKey, responseId: string | null) => {
      if (this.created.has(key)) return false;
      this.created.set(key, { requestHash, responseId });
      return true;
    },
  };

  /** No events are kept, so that readers rebuild them from the row. */
  readonly log = { read: async () => ({ bursts: [], hasMore: false }) };

  /** The fake in place of the store. It has every method that the app and the readers of events call. */
  get asStore(): ResponseStore {
    return this as unknown as ResponseStore;
  }

  put(response: Response): Response {
    this.rows.set(response.id, structuredClone(response));
    return response;
  }

  async insert(response: Response): Promise<void> {
    this.put(response);
  }

  async insertRunning(response: Response): Promise<Lease> {
    this.put(response);
    return { responseId: response.id, epoch: 1 };
  }

  async insertWith(response: Response, extras: InsertExtras): Promise<{ lease: Lease | null } | null> {
    this.beforeInsert();
    const { key, decides, isRunning } = extras;
    if (key && !(await this.keys.take(response.userId, key, response.stored ? response.id : null)))
      return null;
    this.extras.push(extras);
    const paused = decides === null ? undefined : this.rows.get(decides);
    if (paused) this.put({ ...paused, status: 'completed' });
    if (response.stored) this.put(response);
    return { lease: response.stored && isRunning ? { responseId: response.id, epoch: 1 } : null };
  }

  async find(caller: Caller, id: string): Promise<Response | null> {
    const response = this.rows.get(id);
    return response?.userId === caller.userId ? structuredClone(response) : null;
  }

  async history(caller: Caller, { previousResponseId, conversationId }: Response): Promise<Item[]> {
    const previous = previousResponseId === null ? null : await this.find(caller, previousResponseId);
    if (previous) return [...(await this.history(caller, previous)), ...previous.input, ...previous.output];
    return structuredClone(this.items.get(conversationId ?? '') ?? []);
  }

  async list(
    caller: Caller,
    { after }: ResponseFilter,
  ): Promise<{ responses: Response[]; hasMore: boolean } | null> {
    if (after !== null && !(await this.find(caller, after))) return null;
    const responses = [...this.rows.values()].filter(({ userId }) => userId === caller.userId);
    return { responses, hasMore: false };
  }

  async findItems(_caller: Caller, ids: readonly string[]): Promise<Map<string, Item[]>> {
    const items = [...this.rows.values()].flatMap(({ input, output }) => [...input, ...output]);
    return new Map(items.filter(({ id }) => ids.includes(id)).map((item) => [item.id, [item]]));
  }

  async pausedIn(caller: Caller, conversationId: string, responseId: string | null): Promise<string | null> {
    const paused = [...this.rows.values()].find(
      (response) =>
        response.userId === caller.userId &&
        response.conversationId === conversationId &&
        response.status === 'requires_action' &&
        (responseId === null || response.id === responseId),
    );
    return paused?.id ?? null;
  }

  async hasConversation(caller: Caller, id: string): Promise<boolean> {
    return this.conversations.get(id) === caller.userId;
  }

  async isConversationOfOthers(id: string): Promise<boolean> {
    return this.conversations.has(id);
  }

  async startConversation(caller: Caller, id: string): Promise<void> {
    if (!this.conversations.has(id)) this.conversations.set(id, caller.userId);
  }

  async takeUp(id: string): Promise<Claim | null> {
    const response = this.rows.get(id);
    if (response?.status !== 'queued') return null;
    const claimed = this.put({ ...response, status: 'in_progress' });
    const lease = { responseId: id, epoch: 2 };
    return { lease, response: claimed, remainingMs: 60_000, limitMs: 60_000, isLogged: false };
  }

  async countQueued(): Promise<number> {
    return this.queuedBefore + [...this.rows.values()].filter(({ status }) => status === 'queued').length;
  }

  async finish(_lease: Lease, response: Response): Promise<boolean> {
    this.put(response);
    return true;
  }

  async decide(
    caller: Caller,
    id: string,
    decisions: readonly Decision[],
    goesOn: 'here' | 'queued',
  ): Promise<DecidedRun | null> {
    const paused = await this.find(caller, id);
    if (!paused) return null;
    const { response, events } = decide(paused, decisions, { newId });
    const calls = response.output.filter((item) => item.type === 'function_call');
    const isUndecided =
      calls.some(({ state }) => state === 'pending_approval') &&
      !calls.some(({ state }) => state === 'approved');
    if (isUndecided) return { response: this.put(response), events, lease: null };
    const isOurs = goesOn === 'here' && !response.background;
    const moved = this.put({ ...response, status: isOurs ? 'in_progress' : 'queued' });
    return { response: moved, events, lease: isOurs ? { responseId: id, epoch: 2 } : null };
  }

  async decisions(): Promise<DecisionRecord[]> {
    return [];
  }

  async cancel(caller: Caller, id: string): Promise<{ response: Response; wasCancelled: boolean } | null> {
    const response = await this.find(caller, id);
    if (!response || isFinal(response.status)) return response && { response, wasCancelled: false };
    return { response: this.put({ ...response, status: 'cancelled' }), wasCancelled: true };
  }

  async delete(caller: Caller, id: string): Promise<boolean> {
    return (await this.find(caller, id)) !== null && this.rows.delete(id);
  }
}
