import type { Content, Part } from '@google/genai';
import { AppError, type ContentPart, type Item, type MessageItem, textOf } from '@antiphon/contracts';
import { adjacentCalls } from '../../requests/adjacent-calls.ts';
import { outputPath, PendingOutputs } from '../../requests/pending-outputs.ts';
import type { ModelTraits } from '../model-traits.ts';
import { callPart, responseParts } from './call-parts.ts';
import { toParts } from './parts.ts';
import { ranParts } from './native-tools.ts';
import { SignedTurn } from './signed-turn.ts';

export interface ContentsOptions {
  /** The account of the provider: its signatures are sent back to it alone. */
  account: string;
  isVertex: boolean;
  traits: ModelTraits;
}

export interface Conversation {
  /** The texts of the leading system messages. */
  system: string[];
  contents: Content[];
}

/**
 * Converts items to contents. The API wants the calls of a turn in one content of the model, their outputs in the next content, as many as
 * calls and in their order, and a user's content before the first call. System messages are only possible at the beginning; later ones become
 * user text in their place. Throws `model_refused` where nothing is left to send.
 */
export function toContents(items: readonly Item[], options: ContentsOptions): Conversation {
  const firstOther = items.findIndex((item) => !isSystem(item));
  const leading = firstOther < 0 ? items.slice(0, -1) : items.slice(0, firstOther);
  const system = leading.flatMap((item) => (item.type === 'message' ? [textOf(item.content)] : []));
  const writer = new ContentWriter(items, options);
  for (let position = leading.length; position < items.length; position++) position = writer.write(position);
  const { contents } = writer;
  if (contents.length === 0)
    throw new AppError('model_refused', 'The request has no text, image or file', { param: 'items' });
  if (contents[0]?.role === 'model')
    contents.unshift({ role: 'user', parts: [{ text: '(The beginning of the conversation is left out.)' }] });
  return { system: system.filter((text) => text !== ''), contents };
}

function isSystem(item: Item): boolean {
  return item.type === 'message' && (item.role === 'system' || item.role === 'developer');
}

class ContentWriter {
  readonly contents: Content[] = [];
  private readonly outputs: PendingOutputs;
  /** The signatures of the answer whose items are being written. */
  private turn: SignedTurn | null = null;

  constructor(
    private readonly items: readonly Item[],
    private readonly options: ContentsOptions,
  ) {
    this.outputs = new PendingOutputs(items);
  }

  /** Writes the item at a position, with the items that belong into the same content. Returns the position of the last one. */
  write(position: number): number {
    const item = this.items[position];
    if (item?.type === 'message' && item.role === 'assistant') this.writeAnswer(item, position);
    else if (item?.type === 'message') this.writeInput(item, position);
    else if (item?.type === 'function_call') return this.writeCalls(position);
    else if (item?.type === 'function_call_output' && !this.outputs.isTaken(item)) {
      const text = 'The output of a tool that was called earlier:';
      this.push('user', [{ text }, ...toParts(partsOf(item.output), `items[${position}].output`)]);
    }
    return position;
  }

  private writeInput(message: MessageItem, position: number): void {
    this.push('user', toParts(message.content, `items[${position}].content`));
  }

  private writeAnswer(message: MessageItem, position: number): void {
    this.push('model', this.turnAt(position).partsOf(message, `items[${position}].content`));
  }

  private writeCalls(position: number): number {
    const turn = this.turnAt(position);
    const { account } = this.options;
    const { calls, last } = adjacentCalls(this.items, position);
    const asked = calls.filter((call) => ranParts(call, account) === null);
    this.push('model', [
      ...turn.thoughts(),
      ...calls.flatMap((call) => ranParts(call, account) ?? callPart(call, call === asked[0], this.options)),
    ]);
    for (const call of calls) if (!asked.includes(call)) this.outputs.take(call);
    if (asked.length === 0) return last;
    const outputs = asked.map((call) => {
      const output = this.outputs.take(call);
      return { call, output, path: outputPath(this.items, output) };
    });
    const { responses, beside } = responseParts(outputs, this.options);
    this.contents.push({ role: 'user', parts: responses });
    if (beside.length > 0) this.contents.push({ role: 'user', parts: beside });
    return last;
  }

  private turnAt(position: number): SignedTurn {
    if (this.turn === null || position > this.turn.last)
      this.turn = SignedTurn.at(this.items, position, this.options.account);
    return this.turn;
  }

  /** Adjacent contents of one role become one, but a tool's outputs stay alone. */
  private push(role: 'user' | 'model', parts: readonly Part[]): void {
    if (parts.length === 0) return;
    const last = this.contents.at(-1);
    const isOpen = last?.role === role && last.parts?.[0]?.functionResponse === undefined;
    if (isOpen) last.parts = [...(last.parts ?? []), ...parts];
    else this.contents.push({ role, parts: [...parts] });
  }
}

function partsOf(output: string | readonly ContentPart[]): readonly ContentPart[] {
  return typeof output === 'string' ? [{ type: 'text', text: output }] : output;
}
