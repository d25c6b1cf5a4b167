import type {
  CitationEvent,
  DeltaEvent,
  FunctionCallItem,
  Item,
  ItemAddedEvent,
  ItemChangedEvent,
  ItemDoneEvent,
  LifecycleEvent,
  Response,
  ResponseEvent,
} from '@antiphon/contracts';
import type { StreamEncoder } from '../dialect.ts';
import { ItemLine } from '../common/stream/item-line.ts';
import { encodeBegunMessage, encodeStop, encodeUsage, faultOf } from './encode.ts';
import { hidesThoughts, isOfNoTool } from './blocks/encode-blocks.ts';
import { errorBody } from './errors.ts';
import { StreamedBlocks } from './blocks/write-blocks.ts';

/**
 * The events of a streamed message. Blocks follow one another: each is stopped before the next one starts. A run that fails ends in an `error`
 * event, a message in `message_stop`.
 */
export function openStream(): StreamEncoder {
  const stream = new MessageStream();
  const encode: StreamEncoder = (event) => stream.encode(event);
  encode.heartbeat = () => frame('ping', {});
  return encode;
}

class MessageStream {
  private frames: string[] = [];
  private hasBegun = false;
  private hasEnded = false;
  private line = new ItemLine();
  private readonly writer = new StreamedBlocks((type, fields) => {
    this.frames.push(frame(type, fields));
  });
  /** The calls so far, by the ids that their outputs refer to. */
  private readonly calls = new Map<string, FunctionCallItem>();

  encode(event: ResponseEvent): string[] {
    this.frames = [];
    if (!this.hasEnded) this.take(event);
    return this.frames;
  }

  private take(event: ResponseEvent): void {
    switch (event.type) {
      case 'item.added':
        return this.begin(event);
      case 'item.done':
      case 'item.changed':
        return this.finish(event);
      case 'text.delta':
      case 'refusal.delta':
      case 'reasoning.delta':
      case 'arguments.delta':
        return this.extend(event);
      case 'citation.added':
        return this.cite(event);
      case 'model.retried':
        // Its client has read nothing of the items that are still open.
        this.line = new ItemLine();
        return;
      case 'model.finished':
      case 'tool.started':
      case 'tool.finished':
        return;
      default:
        return this.move(event);
    }
  }

  private begin({ index, item }: ItemAddedEvent): void {
    const call = item.type === 'function_call_output' ? this.calls.get(item.callId) : undefined;
    this.line.begin(index, item, () => this.writer.open(item, call));
  }

  private extend({ index, type, delta }: DeltaEvent): void {
    this.line.step(index, (open) => {
      open.delta(type, delta);
      return false;
    });
  }

  private cite({ index, citation }: CitationEvent): void {
    this.line.step(index, (open) => {
      open.cite?.(citation);
      return false;
    });
  }

  private finish({ index, item }: ItemDoneEvent | ItemChangedEvent): void {
    if (item.type === 'function_call') this.calls.set(item.callId, item);
    this.line.step(index, (open) => open.finish(item));
  }

  private move({ type, response }: LifecycleEvent): void {
    switch (type) {
      case 'response.created':
      case 'response.queued':
      case 'response.in_progress':
        return this.start(response);
      default:
        return this.end(response);
    }
  }

  private start(response: Response): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.writer.hidesThoughts = hidesThoughts(response.settings);
    this.writer.hidesCall = (call) => isOfNoTool(call, response);
    this.frames.push(frame('message_start', { message: encodeBegunMessage(response) }), frame('ping', {}));
  }

  private end(response: Response): void {
    this.start(response);
    const fault = faultOf(response);
    if (fault !== null) this.frames.push(frame('error', { ...errorBody(fault) }));
    else {
      this.closeItems(response.output);
      const delta = { ...encodeStop(response), container: null };
      const usage = encodeUsage(response);
      this.frames.push(frame('message_delta', { delta, usage }), frame('message_stop', {}));
    }
    this.hasEnded = true;
  }

  private closeItems(output: readonly Item[]): void {
    this.line.close((open, index, begun) => open.close(output[index] ?? begun, undefined));
  }
}

function frame(type: string, fields: Record<string, unknown>): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}
