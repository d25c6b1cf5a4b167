import {
  isFinal,
  type FunctionCallItem,
  type Item,
  type LifecycleEvent,
  type ResponseEvent,
} from '@antiphon/contracts';
import type { StreamEncoder } from '../dialect.ts';
import { spokenImages, spokenText } from '../common/spoken-text.ts';
import { unixTime } from '../common/times.ts';
import { encodeResponse } from './encode.ts';

/**
 * Text as it arrives, and calls once the caller can answer them. A pause does not end the stream: it continues when the caller's
 * outputs arrive. Keep-alive events are not numbered, so that a second reader of the run gets the same numbers.
 */
export function openStream(startingAfter = -1): StreamEncoder {
  const stream = new CodexStream(startingAfter);
  return Object.assign((event: ResponseEvent) => stream.encode(event), {
    heartbeat: (nowMs: number) => stream.ping(nowMs),
  });
}

class CodexStream {
  private sequenceNumber = 0;
  private hasEnded = false;
  private isRebuilt = false;
  private responseId = '';
  private frames: string[] = [];
  private readonly announcedCalls = new Set<string>();
  /** Messages of which deltas were written. */
  private readonly spokenMessages = new Set<string>();

  constructor(private readonly startingAfter: number) {}

  encode(event: ResponseEvent): string[] {
    if (this.hasEnded) return [];
    this.frames = [];
    this.take(event);
    return this.frames;
  }

  ping(nowMs: number): string {
    const lastNumber = Math.max(this.sequenceNumber - 1, 0);
    return frame('response.ping', lastNumber, { timestamp: unixTime(nowMs), response: {} });
  }

  private take(event: ResponseEvent): void {
    switch (event.type) {
      case 'text.delta':
      case 'refusal.delta':
        return this.say(event.itemId, event.delta);
      case 'item.done': {
        // Another process made the message, and this stream got none of its deltas.
        const { item } = event;
        const isUnspoken =
          item.type === 'message' && item.role === 'assistant' && !this.spokenMessages.has(item.id);
        if (isUnspoken && item.content.length > 0) this.say(item.id, spokenText(item.content));
        else if (spokenImages(item) !== '') this.say(item.id, spokenImages(item));
        return;
      }
      case 'item.added':
      case 'item.changed':
      case 'arguments.delta':
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

  private say(itemId: string, text: string): void {
    this.spokenMessages.add(itemId);
    this.emit('response.output_text.delta', {
      delta: { role: 'assistant', content: [{ type: 'output_text', text }] },
      response: { id: this.responseId },
    });
  }

  private move({ type, response, isRebuilt }: LifecycleEvent): void {
    if (isRebuilt) this.isRebuilt = true;
    this.responseId = response.id;
    if (type === 'response.requires_action') {
      this.askCaller(response.output);
      // A response that is not stored takes no outputs.
      if (!response.stored) this.end();
      return;
    }
    const isLast = isFinal(response.status);
    // A reader that had more events of the run than are rebuilt still gets the end.
    if (isLast && this.isRebuilt) this.sequenceNumber = Math.max(this.sequenceNumber, this.startingAfter + 1);
    this.emit(type, { response: encodeResponse(response) });
    if (isLast) this.end();
  }

  private end(): void {
    this.frames.push('data: [DONE]\n\n');
    this.hasEnded = true;
  }

  /** A client may answer a call as soon as it reads it, so the call is written whole, and only once the run waits for it. */
  private askCaller(output: readonly Item[]): void {
    const response = { id: this.responseId };
    for (const item of output) {
      if (item.type !== 'function_call' || !isPending(item) || this.announcedCalls.has(item.callId)) continue;
      this.announcedCalls.add(item.callId);
      this.emit('response.tool_call.delta', {
        response,
        delta: JSON.stringify([encodeCall(item, 'in_progress')]),
      });
      this.emit('response.tool_call.completed', { response, tool_call: encodeCall(item, 'completed') });
    }
  }

  private emit(type: string, fields: Record<string, unknown>): void {
    const number = this.sequenceNumber++;
    if (number > this.startingAfter) this.frames.push(frame(type, number, fields));
  }
}

function frame(type: string, number: number, fields: Record<string, unknown>): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: number, ...fields })}\n\n`;
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
