import type { FunctionCallItem, Item, LifecycleEvent, ResponseEvent } from '@antiphon/contracts';
import type { StreamEncoder } from '../dialect.ts';
import { unixTime } from '../times.ts';
import { encodeResponse } from './encode.ts';

/**
 * Words as they come, and calls once the caller can answer them. A pause does not end the stream: it goes on with what the caller's
 * outputs make of it.
 */
export function openStream(): StreamEncoder {
  const stream = new EventStream();
  return Object.assign((event: ResponseEvent) => stream.encode(event), {
    heartbeat: (nowMs: number) => stream.ping(nowMs),
  });
}

class EventStream {
  private sequenceNumber = 0;
  private hasEnded = false;
  private responseId = '';
  private frames: string[] = [];
  private readonly toldCalls = new Set<string>();

  encode(event: ResponseEvent): string[] {
    if (this.hasEnded) return [];
    this.frames = [];
    this.take(event);
    return this.frames;
  }

  ping(nowMs: number): string {
    return this.frame('response.ping', { timestamp: unixTime(nowMs), response: {} });
  }

  private take(event: ResponseEvent): void {
    switch (event.type) {
      case 'text.delta':
      case 'refusal.delta':
        return this.emit('response.output_text.delta', {
          delta: { role: 'assistant', content: [{ type: 'output_text', text: event.delta }] },
          response: { id: this.responseId },
        });
      case 'item.added':
      case 'item.done':
      case 'item.changed':
      case 'arguments.delta':
      case 'reasoning.delta':
      case 'model.finished':
      case 'tool.started':
      case 'tool.finished':
        return;
      default:
        return this.move(event);
    }
  }

  private move({ type, response }: LifecycleEvent): void {
    this.responseId = response.id;
    if (type === 'response.requires_action') return this.askCaller(response.output);
    this.emit(type, { response: encodeResponse(response) });
    switch (type) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        return;
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
      case 'response.cancelled':
        this.frames.push('data: [DONE]\n\n');
        this.hasEnded = true;
    }
  }

  /** Whoever reads of a call may answer it at once, so it is told whole, and not before the run waits for it. */
  private askCaller(output: readonly Item[]): void {
    const response = { id: this.responseId };
    for (const item of output) {
      if (item.type !== 'function_call' || !isPending(item) || this.toldCalls.has(item.callId)) continue;
      this.toldCalls.add(item.callId);
      this.emit('response.tool_call.delta', {
        response,
        delta: JSON.stringify([encodeCall(item, 'in_progress')]),
      });
      this.emit('response.tool_call.completed', { response, tool_call: encodeCall(item, 'completed') });
    }
  }

  private emit(type: string, fields: Record<string, unknown>): void {
    this.frames.push(this.frame(type, fields));
  }

  private frame(type: string, fields: Record<string, unknown>): string {
    const data = JSON.stringify({ type, sequence_number: this.sequenceNumber++, ...fields });
    return `event: ${type}\ndata: ${data}\n\n`;
  }
}

function isPending({ state }: FunctionCallItem): boolean {
  return state === 'pending_output' || state === 'pending_approval';
}

function encodeCall(
  { id, callId, name, arguments: args }: FunctionCallItem,
  status: 'in_progress' | 'completed',
): Record<string, unknown> {
  return { type: 'tool_call', id, call_id: callId, name, arguments: args, status };
}
