import { type Citation, type HostedKind, type JsonObject, type ModelDelta, newId } from '@antiphon/contracts';
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
  private hostedCalls = 0;
  private readonly writtenCalls: WrittenCall[] = [];
  private readonly textJoiner = new WholeText();
  private readonly thoughtJoiner = new WholeText();
  /** The parts of the thoughts since the last other output. */
  private details: JsonObject[] = [];
  private hasThoughtText = false;
  private hasEarlierThought = false;
  /** Characters (code points) of the text since the last other output: citations count from there. */
  private textLength = 0;
  private isSpoken = false;

  constructor(
    private readonly account: string,
    private readonly names: ToolNames,
  ) {}

  get calls(): readonly WrittenCall[] {
    return this.writtenCalls;
  }

  /** Whether there is output besides thoughts. */
  get hasSpoken(): boolean {
    return this.isSpoken;
  }

  /** The place after the text so far. */
  get textPlace(): number {
    return this.textLength;
  }

  text(piece: string, burst: ModelDelta[]): void {
    this.pushText(this.textJoiner.push(piece), burst);
  }

  endText(burst: ModelDelta[]): void {
    this.pushText(this.textJoiner.end(), burst);
  }

  citation(citation: Citation, burst: ModelDelta[]): void {
    burst.push({ type: 'citation', citation });
  }

  refusal(text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    this.endThoughts();
    this.isSpoken = true;
    this.answerLength += text.length;
    burst.push({ type: 'refusal', text });
  }

  thought(piece: string, burst: ModelDelta[]): void {
    this.pushThought(this.thoughtJoiner.push(piece), burst);
  }

  /** Ends a thought. `detail` goes back to the account; null: it is not whole. */
  endThought(detail: JsonObject | null, burst: ModelDelta[]): void {
    this.pushThought(this.thoughtJoiner.end(), burst);
    if (detail === null) return;
    // A thought without text would be taken for a part of an earlier one, and lose its place.
    if (!this.hasThoughtText && this.hasEarlierThought && this.details.length === 0)
      this.pushThought(' ', burst);
    this.textLength = 0;
    this.details.push(detail);
    burst.push({ type: 'reasoning_origin', origin: { provider: this.account, details: [...this.details] } });
  }

  /** Begins a call. `id` is the provider's, empty without one; `name` the one at the API. */
  call(id: string, name: string, burst: ModelDelta[]): WrittenCall {
    this.endThoughts();
    this.textLength = 0;
    this.isSpoken = true;
    const call: WrittenCall = { number: this.writtenCalls.length, name: this.names.ownName(name), args: '' };
    this.writtenCalls.push(call);
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

  /** Begins a call of a hosted tool that the provider runs. Returns its number among these. */
  hostedCall(id: string, kind: HostedKind, burst: ModelDelta[]): number {
    this.endThoughts();
    this.textLength = 0;
    this.isSpoken = true;
    const callId = id === '' ? newId('call') : callIdOf(id);
    burst.push({ type: 'hosted_call', call: this.hostedCalls, callId, kind, name: kind });
    return this.hostedCalls++;
  }

  hostedArguments(call: number, text: string, burst: ModelDelta[]): void {
    this.answerLength += text.length;
    burst.push({ type: 'hosted_arguments', call, text });
  }

  args(call: WrittenCall, text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    call.args += text;
    this.answerLength += text.length;
    burst.push({ type: 'arguments', call: call.number, text });
  }

  private pushText(text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    this.endThoughts();
    this.isSpoken = true;
    this.answerLength += text.length;
    for (const _ of text) this.textLength++;
    burst.push({ type: 'text', text });
  }

  private pushThought(text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    this.textLength = 0;
    this.hasThoughtText = true;
    this.thoughtLength += text.length;
    burst.push({ type: 'reasoning', text });
  }

  private endThoughts(): void {
    if (this.hasThoughtText || this.details.length > 0) this.hasEarlierThought = true;
    this.hasThoughtText = false;
    this.details = [];
  }
}
