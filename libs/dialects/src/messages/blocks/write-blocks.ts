import type { FunctionCallItem, Item, MessageItem, ReasoningItem } from '@antiphon/contracts';
import { spokenText } from '../../common/spoken-text.ts';
import { type Emit, type OpenItem, restOf } from '../../common/stream/open-item.ts';
import { type ContentBlock, encodeBegunCall, encodeCitation, encodeResult } from './encode-blocks.ts';
import { searchInput } from './search-blocks.ts';

/** Items that are no part of a message. */
const unwritten: OpenItem = { delta: () => undefined, finish: () => true, close: () => undefined };

/** Writes the content blocks of a stream, and numbers them. */
export class StreamedBlocks {
  /** Whether thoughts are written without their text. */
  hidesThoughts = false;
  /** Whether a call and its output are not written. */
  hidesCall: (call: FunctionCallItem) => boolean = () => false;
  private count = 0;

  constructor(private readonly emit: Emit) {}

  /** Begins the block of an item. `call` is the call of an output. */
  open(item: Item, call: FunctionCallItem | undefined): OpenItem {
    switch (item.type) {
      case 'message':
        return this.openText(item);
      case 'reasoning':
        return this.openThought(item);
      case 'function_call':
        return this.hidesCall(item) ? unwritten : this.openCall(item);
      case 'function_call_output':
        return call && this.hidesCall(call) ? unwritten : this.openResult(call);
      case 'mcp_list_tools':
      case 'additional_tools':
      case 'approval_response':
      case 'compaction':
        return unwritten;
    }
  }

  /** The block begins with its first text: a message without text has none. */
  private openText({ role }: MessageItem): OpenItem {
    if (role !== 'assistant') return unwritten;
    let block: number | null = null;
    let written = '';
    const at = () => (block ??= this.start({ type: 'text', text: '', citations: null }));
    const say = (text: string) => {
      if (text === '') return;
      written += text;
      this.delta(at(), { type: 'text_delta', text });
    };
    const finish = (item: Item) => {
      if (item.type === 'message') say(restOf(spokenText(item.content), written));
      if (block !== null) this.stop(block);
      return true;
    };
    return {
      delta: (_kind, text) => say(text),
      cite: (citation) => {
        this.delta(at(), { type: 'citations_delta', citation: encodeCitation(citation) });
      },
      finish,
      close: finish,
    };
  }

  /** The signature comes last, as it covers the whole thought. */
  private openThought(_begun: ReasoningItem): OpenItem {
    const block = this.start({ type: 'thinking', thinking: '', signature: '' });
    let written = '';
    const say = (thinking: string) => {
      if (thinking === '' || this.hidesThoughts) return;
      written += thinking;
      this.delta(block, { type: 'thinking_delta', thinking });
    };
    const finish = (item: Item) => {
      if (item.type === 'reasoning') {
        say(restOf(item.text, written));
        if (item.sealed) this.delta(block, { type: 'signature_delta', signature: item.sealed });
      }
      this.stop(block);
      return true;
    };
    return { delta: (_kind, text) => say(text), finish, close: finish };
  }

  private openCall(call: FunctionCallItem): OpenItem {
    const block = this.start(encodeBegunCall(call));
    let written = '';
    const say = (json: string) => {
      if (json === '') return;
      written += json;
      this.delta(block, { type: 'input_json_delta', partial_json: json });
    };
    // The input of a search has a form of its own, so it is written when it is whole.
    const isSearch = call.kind === 'web_search';
    const finish = (item: Item) => {
      if (item.type === 'function_call')
        say(isSearch ? JSON.stringify(searchInput(item)) : restOf(item.arguments, written));
      this.stop(block);
      return true;
    };
    return { delta: (_kind, text) => (isSearch ? undefined : say(text)), finish, close: finish };
  }

  /** A result is written when it is whole. */
  private openResult(call: FunctionCallItem | undefined): OpenItem {
    const finish = (item: Item) => {
      if (item.type === 'function_call_output') this.stop(this.start(encodeResult(item, call)));
      return true;
    };
    return { delta: () => undefined, finish, close: finish };
  }

  private start(block: ContentBlock): number {
    const index = this.count++;
    this.emit('content_block_start', { index, content_block: block });
    return index;
  }

  private delta(index: number, delta: object): void {
    this.emit('content_block_delta', { index, delta });
  }

  private stop(index: number): void {
    this.emit('content_block_stop', { index });
  }
}
