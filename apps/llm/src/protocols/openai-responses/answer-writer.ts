import type { HostedCallDelta, ModelDelta, ThoughtOrigin, TokenLogprob } from '@antiphon/contracts';
import { imageCharactersMax } from '../answers/image-limit.ts';

/** Between texts that callers read as one: messages of an answer, and parts of its thoughts. */
const separator = '\n\n';

/** Writes the deltas of an answer. Messages that follow each other become one text, and so do thoughts. */
export class ItemAnswerWriter {
  /** Characters of thoughts, and of everything else. */
  thoughtLength = 0;
  answerLength = 0;
  hasSpoken = false;
  /** The message or the thought that was written last; null after a call. */
  private open: { kind: 'message' | 'thought'; writer: object } | null = null;
  /** The text of the open message. */
  private openText = '';
  private calls = 0;
  private hostedCalls = 0;
  private imageCharacters = 0;

  get hasCalls(): boolean {
    return this.calls > 0;
  }

  /** Begins a text of a message. Returns the characters (code points) that precede it in the text that callers read. */
  beginText(message: object, burst: ModelDelta[]): number {
    const isContinued = this.begin('message', message);
    if (!isContinued) this.openText = '';
    else if (isContinued === 'by another' && this.openText !== '') this.text(separator, [], burst);
    return characters(this.openText);
  }

  text(text: string, logprobs: readonly TokenLogprob[], burst: ModelDelta[]): void {
    if (text === '') return;
    this.openText += text;
    this.say(text);
    burst.push({ type: 'text', text, ...(logprobs.length > 0 && { logprobs: [...logprobs] }) });
  }

  /** An image in base64 that the model made; a note in place of one too many. */
  image(image: object, data: { format: string; base64: string }, burst: ModelDelta[]): void {
    this.beginText(image, burst);
    if (!this.takesImage(data.base64)) {
      this.text('[An image was left out: it is too large.]', [], burst);
      return;
    }
    this.hasSpoken = true;
    const url = `data:image/${data.format};base64,${data.base64}`;
    burst.push({ type: 'text', text: '', images: [{ type: 'image', url }] });
  }

  /** Whether an image fits into the answer, which then has it. */
  takesImage({ length }: string): boolean {
    this.imageCharacters += length;
    return this.imageCharacters <= imageCharactersMax;
  }

  refusal(message: object, text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    this.begin('message', message);
    // A text after a refusal is a part of its own.
    this.openText = '';
    this.say(text);
    burst.push({ type: 'refusal', text });
  }

  /** Begins a part of a thought. */
  beginThought(thought: object, burst: ModelDelta[]): void {
    if (this.begin('thought', thought)) this.thought(separator, burst);
  }

  thought(text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    this.thoughtLength += text.length;
    burst.push({ type: 'reasoning', text });
  }

  thoughtOrigin(origin: ThoughtOrigin, burst: ModelDelta[]): void {
    burst.push({ type: 'reasoning_origin', origin });
  }

  /** Begins a call. Returns its number. */
  call(call: { callId: string; name: string; providerCallId?: string }, burst: ModelDelta[]): number {
    this.open = null;
    this.hasSpoken = true;
    const number = this.calls++;
    burst.push({ type: 'call', call: number, ...call });
    return number;
  }

  /** Begins a call that the provider runs itself. Returns its number among these. */
  hostedCall(call: Omit<HostedCallDelta, 'type' | 'call'>, burst: ModelDelta[]): number {
    this.open = null;
    this.hasSpoken = true;
    const number = this.hostedCalls++;
    burst.push({ type: 'hosted_call', call: number, ...call });
    return number;
  }

  hostedArguments(call: number, text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    this.answerLength += text.length;
    burst.push({ type: 'hosted_arguments', call, text });
  }

  arguments(call: number, text: string, burst: ModelDelta[]): void {
    if (text === '') return;
    this.answerLength += text.length;
    burst.push({ type: 'arguments', call, text });
  }

  /** Whether what is open goes on, by the same writer or by another. */
  private begin(kind: 'message' | 'thought', writer: object): false | 'by itself' | 'by another' {
    const open = this.open;
    this.open = { kind, writer };
    if (open?.kind !== kind) return false;
    return open.writer === writer ? 'by itself' : 'by another';
  }

  private say(text: string): void {
    this.hasSpoken = true;
    this.answerLength += text.length;
  }
}

function characters(text: string): number {
  let characters = 0;
  for (const _ of text) characters++;
  return characters;
}
