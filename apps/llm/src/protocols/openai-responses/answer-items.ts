import { type JsonObject, type ModelDelta, newId } from '@antiphon/contracts';
import { callIdOf } from '../requests/call-id.ts';
import { CitationReader } from '../answers/citation-reader.ts';
import { readLogprobs } from '../answers/logprobs.ts';
import { count } from '../answers/usage-count.ts';
import { asJson, isObject, objectsOf, type UnknownObject } from '../../providers/json-object.ts';
import type { ItemAnswerWriter } from './answer-writer.ts';
import { SaidText } from './said-text.ts';

/** An item of an answer that is being received. */
export interface AnswerItem {
  /** The whole item: passes on what its pieces left out. */
  end(item: UnknownObject, burst: ModelDelta[]): void;
}

/** A message that is being received: texts, refusals and citations in parts. */
export class AnswerMessage implements AnswerItem {
  private readonly texts = new Map<number, { said: SaidText; start: number }>();
  private readonly refusals = new Map<number, SaidText>();
  private readonly citations = new CitationReader();

  constructor(private readonly writer: ItemAnswerWriter) {}

  text(index: number, piece: string, logprobs: unknown, burst: ModelDelta[]): void {
    if (piece === '') return;
    const { said } = this.textAt(index, burst);
    this.writer.text(said.push(piece), readLogprobs({ content: logprobs }), burst);
  }

  refusal(index: number, piece: string, burst: ModelDelta[]): void {
    this.writer.refusal(this, saidAt(this.refusals, index).push(piece), burst);
  }

  /** A citation of the text of a part. */
  cite(index: number, annotation: unknown, burst: ModelDelta[]): void {
    if (!isObject(annotation)) return;
    const { start } = this.textAt(index, burst);
    const { start_index: from, end_index: to } = annotation;
    const placed = { ...annotation, start_index: count(from) + start, end_index: count(to) + start };
    this.citations.readAnnotations([placed], burst);
  }

  /** A whole part: passes on what its pieces left out. */
  endPart(index: number, part: UnknownObject, burst: ModelDelta[]): void {
    const { text, refusal, annotations } = part;
    if (typeof refusal === 'string')
      this.writer.refusal(this, saidAt(this.refusals, index).end(refusal), burst);
    if (typeof text !== 'string' || text === '') return;
    const { said } = this.textAt(index, burst);
    const logprobs = said.isEmpty ? readLogprobs({ content: part['logprobs'] }) : [];
    this.writer.text(said.end(text), logprobs, burst);
    if (Array.isArray(annotations))
      for (const annotation of annotations as unknown[]) this.cite(index, annotation, burst);
  }

  end(item: UnknownObject, burst: ModelDelta[]): void {
    for (const [index, part] of objectsOf(item['content']).entries()) this.endPart(index, part, burst);
  }

  private textAt(index: number, burst: ModelDelta[]): { said: SaidText; start: number } {
    const open = this.texts.get(index);
    if (open !== undefined) return open;
    const begun = { said: new SaidText(), start: this.writer.beginText(this, burst) };
    this.texts.set(index, begun);
    return begun;
  }
}

/** How the text of a thought is sent: as itself, or as a summary of it. */
export type ThoughtForm = 'content' | 'summary';

/** A thought that is being received. */
export class AnswerThought implements AnswerItem {
  /** The form that came first; the other one has the same thought. */
  private form: ThoughtForm | null = null;
  private readonly parts = new Map<number, SaidText>();

  constructor(
    private readonly writer: ItemAnswerWriter,
    private readonly account: string,
    /** The thoughts of the answer so far, as they are sent back. */
    private readonly sentBack: JsonObject[],
  ) {}

  text(form: ThoughtForm, index: number, piece: string, burst: ModelDelta[]): void {
    if (piece !== '') this.writer.thought(this.partAt(form, index, burst)?.push(piece) ?? '', burst);
  }

  endPart(form: ThoughtForm, index: number, text: unknown, burst: ModelDelta[]): void {
    if (typeof text === 'string' && text !== '')
      this.writer.thought(this.partAt(form, index, burst)?.end(text) ?? '', burst);
  }

  end(item: UnknownObject, burst: ModelDelta[]): void {
    for (const form of ['summary', 'content'] as const)
      for (const [index, part] of objectsOf(item[form]).entries())
        this.endPart(form, index, part['text'], burst);
    const thought = sentBackAs(item);
    if (thought !== null) this.sentBack.push(thought);
    if (thought === null && this.form === null) return;
    const details = [...this.sentBack];
    const origin = {
      provider: this.account,
      ...(details.length > 0 && { details }),
    };
    this.writer.thoughtOrigin(origin, burst);
  }

  private partAt(form: ThoughtForm, index: number, burst: ModelDelta[]): SaidText | undefined {
    this.form ??= form;
    if (this.form !== form) return undefined;
    if (!this.parts.has(index)) this.writer.beginThought(this, burst);
    return saidAt(this.parts, index);
  }
}

/**
 * A thought as it is sent back: unchanged but for its status and empty fields. Null for one that its provider cannot read again: it is neither
 * encrypted nor in the clear, and providers store none of our requests.
 */
function sentBackAs(item: UnknownObject): JsonObject | null {
  const { content, encrypted_content: encrypted } = item;
  const isEncrypted = typeof encrypted === 'string' && encrypted !== '';
  const isClear = Array.isArray(content) && content.length > 0;
  if (!isEncrypted && !isClear) return null;
  const kept = Object.entries(item).filter(
    ([name]) =>
      name !== 'status' && (name !== 'content' || isClear) && (name !== 'encrypted_content' || isEncrypted),
  );
  return asJson({ ...Object.fromEntries(kept), summary: item['summary'] ?? [] });
}

/** A call that is being received. It begins with its name. */
export class AnswerCall implements AnswerItem {
  name = '';
  private number: number | null = null;
  private readonly args = new SaidText();
  /** The arguments that came before the name. */
  private waiting = '';

  constructor(
    private readonly writer: ItemAnswerWriter,
    private readonly account: string,
  ) {}

  get hasBegun(): boolean {
    return this.number !== null;
  }

  /** Whether the arguments are JSON; they are not where they are cut or broken. */
  get isReadable(): boolean {
    return this.args.isJson;
  }

  begin({ call_id: id, name }: UnknownObject, burst: ModelDelta[]): void {
    if (this.hasBegun || typeof name !== 'string' || name === '') return;
    this.name = name;
    const providerCallId = typeof id === 'string' ? id : '';
    const callId = providerCallId === '' ? newId('call') : callIdOf(providerCallId);
    const isRenamed = providerCallId !== '' && providerCallId !== callId;
    this.number = this.writer.call({ callId, name, ...(isRenamed && { providerCallId }) }, burst);
    if (isRenamed) {
      const origin = { provider: this.account, extraContent: {}, callId: providerCallId };
      burst.push({ type: 'call_origin', call: this.number, origin });
    }
    this.pass(this.waiting, burst);
    this.waiting = '';
  }

  arguments(piece: string, burst: ModelDelta[]): void {
    this.pass(this.args.push(piece), burst);
  }

  endArguments(whole: unknown, burst: ModelDelta[]): void {
    // Some servers send the arguments as an object instead of its text.
    const text = isObject(whole) ? JSON.stringify(whole) : whole;
    if (typeof text !== 'string') return;
    this.pass(this.args.end(text), burst);
  }

  end(item: UnknownObject, burst: ModelDelta[]): void {
    this.begin(item, burst);
    this.endArguments(item['arguments'], burst);
  }

  /** The end of the answer: many servers send nothing for a tool without parameters. */
  close(burst: ModelDelta[]): void {
    if (this.args.isEmpty) this.pass(this.args.push('{}'), burst);
  }

  private pass(args: string, burst: ModelDelta[]): void {
    if (this.number === null) this.waiting += args;
    else this.writer.arguments(this.number, args, burst);
  }
}

/** A call of a custom tool that is being received. Its input, free text, becomes the one string of the arguments. */
export class AnswerCustomCall extends AnswerCall {
  private readonly said = new SaidText();
  private state: 'before' | 'inside' | 'after' = 'before';

  input(piece: string, burst: ModelDelta[]): void {
    if (piece === '' || this.state === 'after') return;
    this.open(burst);
    this.arguments(escaped(this.said.push(piece)), burst);
  }

  endInput(whole: unknown, burst: ModelDelta[]): void {
    if (typeof whole !== 'string' || this.state === 'after') return;
    this.open(burst);
    this.arguments(`${escaped(this.said.end(whole))}"}`, burst);
    this.state = 'after';
  }

  override end(item: UnknownObject, burst: ModelDelta[]): void {
    this.begin(item, burst);
    this.endInput(item['input'], burst);
  }

  private open(burst: ModelDelta[]): void {
    if (this.state === 'before') this.arguments('{"input":"', burst);
    this.state = 'inside';
  }
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** An image, or an item of a type that is not understood, which has nothing to pass on. */
export class OtherItem implements AnswerItem {
  constructor(private readonly writer: ItemAnswerWriter) {}

  end({ result, output_format: format }: UnknownObject, burst: ModelDelta[]): void {
    if (typeof result !== 'string' || result === '') return;
    this.writer.image(this, { format: typeof format === 'string' ? format : 'png', base64: result }, burst);
  }
}

function saidAt(texts: Map<number, SaidText>, index: number): SaidText {
  const said = texts.get(index) ?? new SaidText();
  texts.set(index, said);
  return said;
}
