import type { JsonObject, ModelDelta } from '@antiphon/contracts';
import { isObject, type UnknownObject } from '../../providers/json-object.ts';
import type { WrittenCall } from '../turns/answer-writer.ts';
import { BlockReader } from '../turns/block-reader.ts';

/** A block that is being received. Texts and thoughts begin with their first piece. */
type OpenBlock =
  | { type: 'text'; start: number; urls: Map<string, string> }
  | { type: 'thought'; text: string; signature: string; sealed: Buffer[] }
  | { type: 'call'; call: WrittenCall; input: UnknownObject }
  | { type: 'other' };

/** Reads the content blocks of a Converse answer, in pieces or whole. */
export class ConverseBlockReader extends BlockReader<OpenBlock> {
  /** `start` describes calls only. */
  start(index: unknown, start: unknown, burst: ModelDelta[]): void {
    this.stop(index, burst);
    const use = isObject(start) ? start['toolUse'] : undefined;
    if (isObject(use)) this.open(index, this.beginCall(use, {}, burst));
    else if (isObject(start) && Object.keys(start).length > 0) this.open(index, { type: 'other' });
  }

  delta(index: unknown, delta: unknown, burst: ModelDelta[]): void {
    if (!isObject(delta)) return;
    const block = this.openAt(index) ?? this.beginFor(index, delta);
    switch (block?.type) {
      case 'text':
        this.writer.text(textOf(delta['text']), burst);
        readCitation(delta['citation'], block.urls);
        break;
      case 'thought':
        if (isObject(delta['reasoningContent'])) this.think(block, delta['reasoningContent'], burst);
        break;
      case 'call':
        if (isObject(delta['toolUse']))
          this.writer.args(block.call, textOf(delta['toolUse']['input']), burst);
        break;
      case 'other':
      case undefined:
    }
  }

  /** A block of an answer in one body. */
  whole(block: unknown, burst: ModelDelta[]): void {
    if (!isObject(block)) return;
    const { text, reasoningContent: thought, toolUse, citationsContent: cited } = block;
    if (typeof text === 'string') this.delta('whole', { text }, burst);
    if (isObject(toolUse)) {
      const input = isObject(toolUse['input']) ? toolUse['input'] : {};
      this.open('whole', this.beginCall(toolUse, input, burst));
    }
    if (isObject(thought)) {
      const readable = isObject(thought['reasoningText']) ? thought['reasoningText'] : {};
      this.delta('whole', { reasoningContent: { ...thought, ...readable } }, burst);
    }
    if (isObject(cited)) this.readCited(cited, burst);
    this.stop('whole', burst);
  }

  private readCited({ content, citations }: UnknownObject, burst: ModelDelta[]): void {
    for (const part of listOf(content)) this.delta('whole', { text: textOf(part['text']) }, burst);
    for (const citation of listOf(citations)) this.delta('whole', { citation }, burst);
  }

  private beginCall(use: UnknownObject, input: UnknownObject, burst: ModelDelta[]): OpenBlock {
    const call = this.writer.call(textOf(use['toolUseId']), textOf(use['name']), burst);
    return { type: 'call', call, input };
  }

  private beginFor(index: unknown, delta: UnknownObject): OpenBlock | undefined {
    if (isObject(delta['reasoningContent']))
      return this.open(index, { type: 'thought', text: '', signature: '', sealed: [] });
    if ('text' in delta || 'citation' in delta)
      return this.open(index, { type: 'text', start: this.writer.textPlace, urls: new Map() });
    return undefined;
  }

  private think(block: OpenBlock & { type: 'thought' }, piece: UnknownObject, burst: ModelDelta[]): void {
    const text = textOf(piece['text']);
    block.text += text;
    block.signature += textOf(piece['signature']);
    if (typeof piece['redactedContent'] === 'string')
      block.sealed.push(Buffer.from(piece['redactedContent'], 'base64'));
    this.writer.thought(text, burst);
  }

  protected close(block: OpenBlock, burst: ModelDelta[]): void {
    switch (block.type) {
      case 'text':
        this.writer.endText(burst);
        for (const [url, title] of block.urls)
          this.writer.citation(
            { url, title, startIndex: block.start, endIndex: this.writer.textPlace },
            burst,
          );
        break;
      case 'thought':
        this.writer.endThought(detailOf(block), burst);
        break;
      case 'call':
        this.endCall(block.call, block.input, burst);
        break;
      case 'other':
    }
  }
}

/** A thought in the form in which it is sent back; null where it cannot be. */
function detailOf({ text, signature, sealed }: OpenBlock & { type: 'thought' }): JsonObject | null {
  if (sealed.length > 0) return { redactedContent: Buffer.concat(sealed).toString('base64') };
  return signature === '' ? null : { reasoningText: { text, signature } };
}

/** Only pages have an address; citations of documents of the request are left out. */
function readCitation(citation: unknown, urls: Map<string, string>): void {
  if (!isObject(citation) || !isObject(citation['location'])) return;
  const { web } = citation['location'];
  if (isObject(web) && typeof web['url'] === 'string') urls.set(web['url'], textOf(citation['title']));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function listOf(value: unknown): UnknownObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
