import type {
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

/** The run as named events. `events` writes whole messages, `stream` their deltas. */
export function openStream(mode: 'stream' | 'events'): StreamEncoder {
  const stream = new AgentStream(mode);
  return (event) => stream.encode(event);
}

class AgentStream {
  private hasBegun = false;
  private hasEnded = false;
  private frames: string[] = [];
  /** The current calls, by call id. */
  private readonly calls = new Map<string, FunctionCallItem>();

  constructor(private readonly mode: 'stream' | 'events') {}

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
        if (this.mode === 'stream') this.emit('response.output_text.delta', { content: event.delta });
        return;
      case 'arguments.delta':
        if (this.mode === 'stream') this.extendCall(event);
        return;
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
    this.emit('response.output_tool_calls.delta', {
      tool_calls: [{ id, name, args: delta, type: 'tool_call_chunk' }],
    });
  }

  private finish({ item }: ItemDoneEvent): void {
    if (item.type === 'message' && item.role === 'assistant' && this.mode === 'events')
      this.emit('response.message', { content: spokenText(item.content), role: 'assistant' });
    const images = spokenImages(item);
    if (this.mode === 'stream' && images !== '') this.emit('response.output_text.delta', { content: images });
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

  private move({ type, response }: LifecycleEvent): void {
    for (const item of response.output) if (item.type === 'function_call') this.calls.set(item.callId, item);
    if (!this.hasBegun) this.begin(type, response);
    switch (type) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        return;
      case 'response.requires_action':
        this.emit('response.interrupt', { interrupts: encodeInterrupts(response) });
        break;
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
  private begin(type: LifecycleEvent['type'], { id, conversationId }: Response): void {
    this.hasBegun = true;
    const name = type === 'response.created' ? type : 'response.resumed';
    this.frames.unshift(frame(name, { id, conversation: conversationId, conversation_id: conversationId }));
  }

  private emit(type: string, fields: Record<string, unknown>): void {
    this.frames.push(frame(type, fields));
  }
}

function frame(type: string, fields: Record<string, unknown>): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}
