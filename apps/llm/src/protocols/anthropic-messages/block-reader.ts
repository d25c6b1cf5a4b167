import type { JsonObject, ModelDelta } from '@antiphon/contracts';
import { isObject, type UnknownObject } from '../../providers/json-object.ts';
import type { BlockAnswerWriter, WrittenCall } from '../turns/answer-writer.ts';
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
export class BlockReader {
  private readonly open = new Map<unknown, OpenBlock>();

  constructor(private readonly writer: BlockAnswerWriter) {}

  start(index: unknown, described: unknown, burst: ModelDelta[]): void {
    if (!isObject(described)) return;
    this.stop(index, burst);
    this.open.set(index, this.begin(described, burst));
  }

  delta(index: unknown, delta: unknown, burst: ModelDelta[]): void {
    if (!isObject(delta)) return;
    const block = this.open.get(index) ?? this.beginFor(index, delta, burst);
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

  stop(index: unknown, burst: ModelDelta[]): void {
    const block = this.open.get(index);
    if (block === undefined) return;
    this.open.delete(index);
    this.close(block, burst);
  }

  /** The end of the message: closes what its server left open. */
  end(burst: ModelDelta[]): void {
    for (const index of [...this.open.keys()]) this.stop(index, burst);
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
    const block = this.begin({ type: 'text' }, burst);
    this.open.set(index, block);
    return block;
  }

  private close(block: OpenBlock, burst: ModelDelta[]): void {
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
        // The whole input comes at once in a whole message, and with tools that have no parameters.
        if (block.call.args === '') this.writer.args(block.call, JSON.stringify(block.input), burst);
        break;
      case 'other':
    }
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
