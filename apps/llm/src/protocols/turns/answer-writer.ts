import { type Citation, type JsonObject, type ModelDelta, newId } from '@antiphon/contracts';
import { callIdOf } from '../requests/call-id.ts';
import { WholeText } from '../answers/whole-text.ts';
import type { ToolNames } from './tool-names.ts';

/** A call that is being received. */
export interface WrittenCall {
  number: number;
  name: string;
  args: string;
}

/** Writes the deltas of an answer that comes in blocks: thoughts, texts and calls, one after the other. */
export class BlockAnswerWriter {
  /** Received characters of text and arguments, and of thoughts. */
  answerLength = 0;
  thoughtLength = 0;
  readonly #calls: WrittenCall[] = [];
  readonly #text = new WholeText();
  readonly #thought = new WholeText();
  /** The parts of the thoughts since anything else was said. */
  #details: JsonObject[] = [];
  #hasThoughtText = false;
  #hasEarlierThought = false;
  /** Characters (code points) of the text since anything else was said: where citations count from. */
  #textPlace = 0;
  #hasSpoken = false;

  constructor(
    private readonly account: string,
    private readonly names: ToolNames,
  ) {}

  get calls(): readonly WrittenCall[] {
    return this.#calls;
  }

  /** Whether there is output besides thoughts. */
  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  /** The place after the text so far. */
  get textPlace(): number {
    return this.#textPlace;
  }

  text(piece: string, burst: ModelDelta[]): void {
    this.#pushText(this.#text.push(piece), burst);
  }

  endText(burst: ModelDelta[]): void {
    this.#pushText(this.#text.end(), burst);
  }

  citation(citation: Citation, burst: ModelDelta[]): void {
    burst.push({ type: 'citation', citation });
  }

  refusal(text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    this.#endThoughts();
    this.#hasSpoken = true;
    this.answerLength += text.length;
    burst.push({ type: 'refusal', text });
  }

  thought(piece: string, burst: ModelDelta[]): void {
    this.#pushThought(this.#thought.push(piece), burst);
  }

  /** Ends a thought. `detail` goes back to the account; null: it is not whole. */
  endThought(detail: JsonObject | null, burst: ModelDelta[]): void {
    this.#pushThought(this.#thought.end(), burst);
    if (detail === null) return;
    // A thought without text would be taken for a part of an earlier one, and lose its place.
    if (!this.#hasThoughtText && this.#hasEarlierThought && this.#details.length === 0)
      this.#pushThought(' ', burst);
    this.#textPlace = 0;
    this.#details.push(detail);
    burst.push({ type: 'reasoning_origin', origin: { provider: this.account, details: [...this.#details] } });
  }

  /** Begins a call. `id` is the provider's, empty without one; `name` the one at the API. */
  call(id: string, name: string, burst: ModelDelta[]): WrittenCall {
    this.#endThoughts();
    this.#textPlace = 0;
    this.#hasSpoken = true;
    const call: WrittenCall = { number: this.#calls.length, name: this.names.ownName(name), args: '' };
    this.#calls.push(call);
    const callId = id === '' ? newId('call') : callIdOf(id);
    const isRenamed = id !== '' && id !== callId;
    burst.push({
      type: 'call',
      call: call.number,
      callId,
      name: call.name,
      ...(isRenamed && { providerCallId: id }),
    });
    if (isRenamed) {
      const origin = { provider: this.account, extraContent: {}, callId: id };
      burst.push({ type: 'call_origin', call: call.number, origin });
    }
    return call;
  }

  args(call: WrittenCall, text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    call.args += text;
    this.answerLength += text.length;
    burst.push({ type: 'arguments', call: call.number, text });
  }

  #pushText(text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    this.#endThoughts();
    this.#hasSpoken = true;
    this.answerLength += text.length;
    for (const _ of text) this.#textPlace++;
    burst.push({ type: 'text', text });
  }

  #pushThought(text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    this.#textPlace = 0;
    this.#hasThoughtText = true;
    this.thoughtLength += text.length;
    burst.push({ type: 'reasoning', text });
  }

  #endThoughts(): void {
    if (this.#hasThoughtText || this.#details.length > 0) this.#hasEarlierThought = true;
    this.#hasThoughtText = false;
    this.#details = [];
  }
}
