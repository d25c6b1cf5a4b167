import type {
  ApprovalResponseItem,
  CallDetail,
  CallKind,
  ContentPart,
  ErrorInfo,
  FunctionCallItem,
  FunctionCallOutputItem,
  Item,
  MessageItem,
  ReasoningItem,
  Response,
  ResponseEvent,
  ResponseStatus,
  ToolNamespace,
} from '@antiphon/contracts';
import { callOutput, clientCall, serverCall, testResponse } from './test-response.ts';

/** A call of a script: its name, and its arguments in pieces. */
interface ScriptedCall {
  callId: string;
  name?: string;
  pieces?: string[];
  kind?: CallKind;
  namespace?: ToolNamespace;
}

/** Writes the events of a run in the order of the engine. */
export class ScriptedRun {
  readonly events: ResponseEvent[] = [];
  private response: Response;
  private itemCount = 0;

  constructor(changes: Partial<Response> = {}) {
    this.response = testResponse(changes);
    this.lifecycle('response.created', {});
    this.lifecycle('response.in_progress', {});
  }

  thinks(...pieces: string[]): this {
    return this.thinksAs({}, pieces);
  }

  /** A thought whose text is the summary that the request asked for. */
  sums(...pieces: string[]): this {
    return this.thinksAs({ isSummary: true }, pieces);
  }

  says(...pieces: string[]): this {
    return this.speaks(pieces.map((text) => ({ type: 'text', text })));
  }

  refuses(...pieces: string[]): this {
    return this.speaks(pieces.map((refusal) => ({ type: 'refusal', refusal })));
  }

  /** A message in pieces of text and refusal. Pieces of one kind that follow each other are one part. */
  speaks(pieces: ContentPart[], status: 'completed' | 'incomplete' = 'completed'): this {
    const { id, index } = this.beginsMessage(pieces);
    const content: ContentPart[] = [];
    for (const piece of pieces) {
      const last = content.at(-1);
      if (piece.type === 'text' && last?.type === 'text') last.text += piece.text;
      else if (piece.type === 'refusal' && last?.type === 'refusal') last.refusal += piece.refusal;
      else content.push({ ...piece });
    }
    return this.done(index, { type: 'message', id, role: 'assistant', content, status });
  }

  /** A message that has begun and not ended. */
  beginsMessage(pieces: ContentPart[]): { id: string; index: number } {
    const id = this.nextId('msg');
    const empty: MessageItem = { type: 'message', id, role: 'assistant', content: [], status: 'in_progress' };
    const index = this.add(empty);
    for (const piece of pieces) {
      if (piece.type === 'text')
        this.events.push({ type: 'text.delta', index, itemId: id, delta: piece.text });
      if (piece.type === 'refusal')
        this.events.push({ type: 'refusal.delta', index, itemId: id, delta: piece.refusal });
    }
    return { id, index };
  }

  /** The model calls functions of the caller, all in one turn. */
  asksCaller(...calls: ScriptedCall[]): this {
    for (const call of calls) this.asks(call, clientCall(call.callId));
    return this;
  }

  /** The model calls functions of the caller, and its provider interleaves the pieces of their arguments. */
  asksInTurns(...calls: { callId: string; pieces: string[] }[]): this {
    const begun = calls.map(({ callId, pieces }) => {
      const call = { ...clientCall(callId), arguments: pieces.join('') };
      return { call, pieces, index: this.add({ ...call, arguments: '', status: 'in_progress' }) };
    });
    const rounds = Math.max(...begun.map(({ pieces }) => pieces.length));
    for (let round = 0; round < rounds; round++)
      for (const { call, pieces, index } of begun) {
        const delta = pieces[round];
        if (delta !== undefined) this.events.push({ type: 'arguments.delta', index, itemId: call.id, delta });
      }
    for (const { call, index } of begun) this.done(index, call);
    return this;
  }

  /** The model calls server tools, all in one turn, and they begin to run. */
  asksServer(...calls: ScriptedCall[]): this {
    const unstarted = { state: 'approved', startedAt: null, durationMs: null } as const;
    const asked = calls.map((call) => this.asks(call, serverCall(call.callId, unstarted)));
    for (const { index, call } of asked) {
      this.change(index, { ...call, state: 'started', startedAt: this.response.createdAt });
      const { id: itemId, callId, name, depth } = call;
      this.events.push({ type: 'tool.started', index, itemId, callId, name, depth });
    }
    return this;
  }

  /** The model calls server tools that need approval, and the run pauses. */
  asksForApproval(...calls: ScriptedCall[]): this {
    const waiting = { state: 'pending_approval', startedAt: null, durationMs: null } as const;
    for (const call of calls) this.asks(call, serverCall(call.callId, waiting));
    this.lifecycle('response.requires_action', { status: 'requires_action' });
    return this;
  }

  /** `user_b` decides, and the run goes on. `output`: of a call that does not run. `args`: those to run instead. */
  decides(
    callId: string,
    action: 'accept' | 'edit' | 'reject' | 'feedback',
    { args, output = null }: { args?: string; output?: string | null } = {},
  ): this {
    const { index, call } = this.callNamed(callId);
    const approve = output === null;
    this.change(index, {
      ...call,
      approvalRequestId: call.id,
      state: approve ? 'approved' : 'done',
      ...(args !== undefined && { arguments: args, proposedArguments: call.arguments }),
    });
    const answer: ApprovalResponseItem = {
      type: 'approval_response',
      id: this.nextId('mcpr'),
      approvalRequestId: call.id,
      approve,
      reason: output,
      status: 'completed',
      decision: { action, userId: 'user_b', decidedAt: this.response.createdAt },
    };
    this.done(this.add(answer), answer);
    if (output !== null) {
      const item = callOutput(callId, output);
      this.done(this.add({ ...item, output: '', status: 'in_progress' }), item);
    }
    this.lifecycle('response.queued', { status: 'queued' });
    this.lifecycle('response.in_progress', { status: 'in_progress' });
    return this;
  }

  /** The model calls a server tool and its answer is cut off: the call is not run. */
  asksInVain({ callId, pieces = ['{"q"'] }: ScriptedCall, error: ErrorInfo): this {
    const call = serverCall(callId, { startedAt: null, durationMs: null, arguments: pieces.join('') });
    const index = this.add({ ...call, arguments: '', status: 'in_progress', state: 'approved' });
    for (const delta of pieces) this.events.push({ type: 'arguments.delta', index, itemId: call.id, delta });
    return this.done(index, { ...call, status: 'incomplete', state: 'done', error });
  }

  /** A hosted tool reports more of its detail. */
  details(callId: string, detail: CallDetail): this {
    const { index, call } = this.callNamed(callId);
    this.change(index, { ...call, detail });
    return this;
  }

  /** A tool returned. `form`: the kind of its output, and the tools that it found. */
  answers(
    callId: string,
    output: string | ContentPart[],
    error: ErrorInfo | null = null,
    form: Pick<FunctionCallOutputItem, 'kind' | 'tools'> = {},
  ): this {
    const { index, call } = this.callNamed(callId);
    const { id: itemId, name, depth } = call;
    const status = error ? 'failed' : 'completed';
    this.events.push({ type: 'tool.finished', index, itemId, callId, name, depth, status, durationMs: 342 });
    this.change(index, { ...call, state: 'done', durationMs: 342, error });
    const item = { ...callOutput(callId, ''), output, ...form };
    return this.done(this.add({ ...item, output: '', status: 'in_progress' }), item);
  }

  ends(status: ResponseStatus, changes: Partial<Response> = {}): ResponseEvent[] {
    const usage = {
      inputTokens: 20,
      outputTokens: 9,
      totalTokens: 29,
      cachedInputTokens: 3,
      reasoningTokens: 4,
    };
    const completedAt =
      status === 'completed' || status === 'failed' ? this.response.createdAt + 2_000 : null;
    this.lifecycle(`response.${status}`, { status, usage, completedAt, ...changes });
    return this.events;
  }

  private callNamed(callId: string) {
    const { output } = this.response;
    const index = output.findIndex((item) => item.type === 'function_call' && item.callId === callId);
    const call = output[index];
    if (call?.type !== 'function_call') throw new Error(`the script has no call ${callId}`);
    return { index, call };
  }

  private thinksAs(form: Pick<ReasoningItem, 'isSummary'>, pieces: string[]): this {
    const id = this.nextId('rs');
    const index = this.add({ type: 'reasoning', id, text: '', status: 'in_progress', ...form });
    for (const delta of pieces) this.events.push({ type: 'reasoning.delta', index, itemId: id, delta });
    return this.done(index, {
      type: 'reasoning',
      id,
      text: pieces.join(''),
      status: 'completed',
      ...form,
    });
  }

  private asks({ pieces = ['{"q":', '"weather"}'], name, ...form }: ScriptedCall, from: FunctionCallItem) {
    const call = { ...from, name: name ?? from.name, ...form, arguments: pieces.join('') };
    const index = this.add({ ...call, arguments: '', status: 'in_progress' });
    for (const delta of pieces) this.events.push({ type: 'arguments.delta', index, itemId: call.id, delta });
    this.done(index, call);
    return { index, call };
  }

  private lifecycle(
    type: 'response.created' | `response.${ResponseStatus}`,
    changes: Partial<Response>,
  ): void {
    this.response = { ...this.response, output: [...this.response.output], ...changes };
    this.events.push({ type, response: this.response });
  }

  private add(item: Item): number {
    const index = this.response.output.length;
    this.response = { ...this.response, output: [...this.response.output, item] };
    this.events.push({ type: 'item.added', index, item });
    return index;
  }

  private done(index: number, item: Item): this {
    this.response = { ...this.response, output: this.response.output.with(index, item) };
    this.events.push({ type: 'item.done', index, item });
    return this;
  }

  private change(index: number, item: FunctionCallItem): void {
    this.response = { ...this.response, output: this.response.output.with(index, item) };
    this.events.push({ type: 'item.changed', index, item });
  }

  private nextId(prefix: string): string {
    return `${prefix}_${++this.itemCount}`;
  }
}
