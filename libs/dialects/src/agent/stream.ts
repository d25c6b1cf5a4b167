import type {
  ApprovalResponseItem,
  DeltaEvent,
  FunctionCallItem,
  FunctionCallOutputItem,
  ItemDoneEvent,
  LifecycleEvent,
  Response,
  ResponseEvent,
} from '@antiphon/contracts';
import { argumentsOf } from '../common/call-arguments.ts';
import type { StreamEncoder } from '../dialect.ts';
import { failureOf } from '../common/failed-run.ts';
import { spokenImages, spokenText } from '../common/spoken-text.ts';
import { statuses } from './encode.ts';
import { encodeInterrupts } from './messages/interrupts.ts';
import { encodeCall, encodeUsage, outcomeOf } from './messages/messages.ts';

/**
 * The run as named events. `events` writes whole messages, `stream` their deltas. The events of a run that stays open are numbered, those of both
 * forms in one row, so a reader may resume in the other form; a pause does not end its stream.
 */
export function openStream(mode: Form, startingAfter = -1): StreamEncoder {
  const stream = new AgentStream(mode, startingAfter);
  return (event) => stream.encode(event);
}

type Form = 'stream' | 'events';

class AgentStream {
  private hasBegun = false;
  private hasEnded = false;
  private frames: string[] = [];
  private staysOpen = false;
  private isPaused = false;
  private sequenceNumber = 0;
  /** The current calls, by call id. */
  private readonly calls = new Map<string, FunctionCallItem>();

  constructor(
    private readonly mode: Form,
    private readonly startingAfter: number,
  ) {}

  encode(event: ResponseEvent): string[] {
    if (this.hasEnded) return [];
    this.take(event);
    // Items that decisions changed may come before their response.
    if (!this.hasBegun) return [];
    const { frames } = this;
    this.frames = [];
    return frames;
  }

  private take(event: ResponseEvent): void {
    switch (event.type) {
      case 'item.added':
      case 'item.changed':
        if (event.item.type === 'function_call') this.calls.set(event.item.callId, event.item);
        return;
      case 'item.done':
        return this.finish(event);
      case 'text.delta':
      case 'refusal.delta':
        return this.emit('response.output_text.delta', { content: event.delta }, 'stream');
      case 'arguments.delta':
        return this.extendCall(event);
      case 'reasoning.delta':
      case 'citation.added':
      case 'model.finished':
      case 'model.retried':
      case 'tool.started':
      case 'tool.finished':
        return;
      default:
        return this.move(event);
    }
  }

  /** A piece of a call names its call; its `args` are a part of the JSON text. */
  private extendCall({ itemId, delta }: DeltaEvent): void {
    const call = [...this.calls.values()].find(({ id }) => id === itemId);
    if (!call) return;
    const { callId: id, name } = call;
    const piece = { id, name, args: delta, type: 'tool_call_chunk' };
    this.emit('response.output_tool_calls.delta', { tool_calls: [piece] }, 'stream');
  }

  private finish({ item }: ItemDoneEvent): void {
    if (item.type === 'message' && item.role === 'assistant')
      this.emit('response.message', { content: spokenText(item.content), role: 'assistant' }, 'events');
    const images = spokenImages(item);
    if (images !== '') this.emit('response.output_text.delta', { content: images }, 'stream');
    if (item.type === 'approval_response' && this.staysOpen) this.tellDecision(item);
    if (item.type === 'function_call') this.finishCall(item);
    if (item.type === 'function_call_output') this.tellResult(item);
  }

  private finishCall(call: FunctionCallItem): void {
    this.calls.set(call.callId, call);
    const args = argumentsOf(call);
    if (call.status === 'completed' && args)
      this.emit('response.output_tool_calls.complete', { tool_calls: [encodeCall(call, args)] });
  }

  private tellResult({ callId, output }: FunctionCallOutputItem): void {
    const call = this.calls.get(callId);
    this.emit('response.tool', {
      tool_call_id: callId,
      tool_name: call?.name ?? null,
      status: outcomeOf(call),
      content: spokenText(output),
      args: (call && argumentsOf(call)) ?? {},
    });
  }

  private tellDecision({ approvalRequestId, approve, reason, decision }: ApprovalResponseItem): void {
    const call = [...this.calls.values()].find(({ id }) => id === approvalRequestId);
    if (!call || !decision) return;
    this.emit('response.tool_decision', {
      tool_call_id: call.callId,
      tool_name: call.name,
      decision: decision.action,
      args: approve ? (argumentsOf(call) ?? {}) : null,
      message: reason,
      decided_by: decision.userId,
      decided_at: new Date(decision.decidedAt).toISOString(),
    });
  }

  private move({ type, response, isRebuilt }: LifecycleEvent): void {
    for (const item of response.output) if (item.type === 'function_call') this.calls.set(item.callId, item);
    if (!this.hasBegun) {
      this.staysOpen = response.onPause === 'stay' && !isRebuilt;
      this.begin(type, response);
    }
    switch (type) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        if (this.isPaused) this.emit('response.resumed', placeOf(response));
        this.isPaused = false;
        return;
      case 'response.requires_action':
        this.emit('response.interrupt', { interrupts: encodeInterrupts(response) });
        if (!this.staysOpen) break;
        this.isPaused = true;
        return;
      case 'response.failed': {
        const { message, code } = failureOf(response);
        this.emit('response.error', { error: message, code });
        break;
      }
      case 'response.completed':
      case 'response.incomplete':
      case 'response.cancelled':
        break;
    }
    this.emit('response.completed', {
      usage: encodeUsage(response.usage),
      status: statuses[response.status],
    });
    this.hasEnded = true;
  }

  /** A stream that does not begin with `response.created` continues a paused response. */
  private begin(type: LifecycleEvent['type'], response: Response): void {
    this.hasBegun = true;
    const waiting = this.frames;
    this.frames = [];
    this.emit(type === 'response.created' ? type : 'response.resumed', placeOf(response));
    this.frames.push(...waiting);
  }

  /** Writes an event: in both forms, or in one. It takes a number in either. */
  private emit(type: string, fields: Record<string, unknown>, form: Form = this.mode): void {
    const number = this.sequenceNumber++;
    if (form !== this.mode || number <= this.startingAfter) return;
    this.frames.push(frame(type, this.staysOpen ? { sequence_number: number, ...fields } : fields));
  }
}

function placeOf({ id, conversationId }: Response): Record<string, unknown> {
  return { id, conversation: conversationId, conversation_id: conversationId };
}

function frame(type: string, fields: Record<string, unknown>): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}
