import type { JsonObject, ModelDelta } from '@antiphon/contracts';
import { isObject, type UnknownObject } from '../../providers/json-object.ts';
import type { WrittenCall } from '../turns/answer-writer.ts';
import { BlockReader } from '../turns/block-reader.ts';
import { readCitations } from './citations.ts';

/** A block that is being received. */
type OpenBlock =
  | { type: 'text'; start: number; cited: unknown[] }
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'redacted_thinking'; data: string }
  | { type: 'tool_use'; call: WrittenCall; input: UnknownObject }
  /** The API's own tools and other kinds: no part of the answer. */
  | { type: 'other' };

/** Reads the content blocks of a message: texts, thoughts and calls, in pieces or whole. */
export class MessageBlockReader extends BlockReader<OpenBlock> {
  start(index: unknown, described: unknown, burst: ModelDelta[]): void {
    if (!isObject(described)) return;
    this.stop(index, burst);
    this.open(index, this.begin(described, burst));
  }

  delta(index: unknown, delta: unknown, burst: ModelDelta[]): void {
    if (!isObject(delta)) return;
    const block = this.openAt(index) ?? this.beginFor(index, delta, burst);
    switch (block?.type) {
      case 'text':
        this.writer.text(textOf(delta['text']), burst);
        if (delta['citation'] !== undefined) block.cited.push(delta['citation']);
        break;
      case 'thinking':
        block.thinking += textOf(delta['thinking']);
        block.signature += textOf(delta['signature']);
        this.writer.thought(textOf(delta['thinking']), burst);
        break;
      case 'tool_use':
        this.writer.args(block.call, textOf(delta['partial_json']), burst);
        break;
      case 'redacted_thinking':
      case 'other':
      case undefined:
    }
  }

  private begin(described: UnknownObject, burst: ModelDelta[]): OpenBlock {
    switch (described['type']) {
      case 'text': {
        const start = this.writer.textPlace;
        const cited: unknown[] = Array.isArray(described['citations']) ? described['citations'] : [];
        this.writer.text(textOf(described['text']), burst);
        return { type: 'text', start, cited: [...cited] };
      }
      case 'thinking': {
        const thinking = textOf(described['thinking']);
        this.writer.thought(thinking, burst);
        return { type: 'thinking', thinking, signature: textOf(described['signature']) };
      }
      case 'redacted_thinking':
        return { type: 'redacted_thinking', data: textOf(described['data']) };
      case 'tool_use': {
        const call = this.writer.call(textOf(described['id']), textOf(described['name']), burst);
        return { type: 'tool_use', call, input: isObject(described['input']) ? described['input'] : {} };
      }
      default:
        return { type: 'other' };
    }
  }

  /** A piece of a block that was not announced, as some compatible servers send text. */
  private beginFor(index: unknown, delta: UnknownObject, burst: ModelDelta[]): OpenBlock | undefined {
    if (delta['type'] !== 'text_delta') return undefined;
    return this.open(index, this.begin({ type: 'text' }, burst));
  }

  protected close(block: OpenBlock, burst: ModelDelta[]): void {
    switch (block.type) {
      case 'text':
        this.writer.endText(burst);
        for (const citation of readCitations(block.cited, block.start, this.writer.textPlace))
          this.writer.citation(citation, burst);
        break;
      case 'thinking': {
        const { thinking, signature } = block;
        const detail: JsonObject | null = signature === '' ? null : { type: 'thinking', thinking, signature };
        this.writer.endThought(detail, burst);
        break;
      }
      case 'redacted_thinking':
        this.writer.endThought({ type: 'redacted_thinking', data: block.data }, burst);
        break;
      case 'tool_use':
        this.endCall(block.call, block.input, burst);
        break;
      case 'other':
    }
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
