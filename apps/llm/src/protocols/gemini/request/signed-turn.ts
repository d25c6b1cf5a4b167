import type { Part } from '@google/genai';
import type { Item, MessageItem } from '@antiphon/contracts';
import { readDetails, type SignedPart } from '../signatures.ts';
import { ranParts } from './native-tools.ts';
import { toPart } from './parts.ts';

/** One answer of the model in a history: puts its signatures back on the parts that had them. */
export class SignedTurn {
  /** UTF-16 units of text that were written. */
  private written = 0;
  private images = 0;
  private hasThoughts = false;

  private constructor(
    private readonly signed: readonly SignedPart[],
    /** The position of its last item. */
    readonly last: number,
  ) {}

  /** The answer that the item at a position belongs to: it ends at the next input or output. */
  static at(items: readonly Item[], position: number, account: string): SignedTurn {
    let first = position;
    while (isOfAnswer(items, first - 1, account)) first--;
    let signed: SignedPart[] = [];
    let next = first;
    for (; isOfAnswer(items, next, account); next++) {
      const item = items[next];
      // Each thought of an answer repeats the signatures before it, so the last one has all.
      if (item?.type === 'reasoning' && item.origin?.provider === account)
        signed = readDetails(item.origin) ?? signed;
    }
    return new SignedTurn(signed, next - 1);
  }

  /** The thoughts that were signed themselves; they come before everything else. */
  thoughts(): Part[] {
    if (this.hasThoughts) return [];
    this.hasThoughts = true;
    return this.signed.flatMap((part) => {
      if (!('thought' in part)) return [];
      return [{ text: part.text, thought: true, thoughtSignature: part.thoughtSignature }];
    });
  }

  partsOf({ content }: MessageItem, path: string): Part[] {
    const parts = this.thoughts();
    content.forEach((part, place) => {
      if (part.type === 'text') parts.push(...this.textParts(part.text));
      else if (part.type === 'image') parts.push(this.imagePart(toPart(part, `${path}[${place}]`)));
      else parts.push(toPart(part, `${path}[${place}]`));
    });
    return joined(parts);
  }

  /** The text in pieces: each signed piece alone, with its signature. */
  private textParts(text: string): Part[] {
    const parts: Part[] = [];
    const offset = this.written;
    let begun = 0;
    this.written += text.length;
    for (const part of this.signed) {
      if (!('start' in part) || part.end > this.written || part.start < offset + begun) continue;
      // An empty piece at a border between two texts belongs to the first.
      if (part.end === part.start && part.end === offset && offset > 0) continue;
      parts.push({ text: text.slice(begun, part.start - offset) });
      parts.push({
        text: text.slice(part.start - offset, part.end - offset),
        thoughtSignature: part.thoughtSignature,
      });
      begun = part.end - offset;
    }
    parts.push({ text: text.slice(begun) });
    return parts;
  }

  private imagePart(part: Part): Part {
    const number = this.images++;
    const signed = this.signed.find((candidate) => 'image' in candidate && candidate.image === number);
    return signed === undefined ? part : { ...part, thoughtSignature: signed.thoughtSignature };
  }
}

/** Without empty parts, and with adjacent texts as one; signed parts stay as they are. */
function joined(parts: readonly Part[]): Part[] {
  const result: Part[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (isPlainText(part) && last !== undefined && isPlainText(last)) last.text += part.text;
    else if (part.text !== '' || part.thoughtSignature !== undefined) result.push({ ...part });
  }
  return result;
}

function isPlainText(part: Part): part is Part & { text: string } {
  return part.text !== undefined && part.thoughtSignature === undefined;
}

/** The outputs of calls that the account ran itself are parts of its answer. */
function isOfAnswer(items: readonly Item[], position: number, account: string): boolean {
  const item = items[position];
  switch (item?.type) {
    case 'reasoning':
    case 'function_call':
    case 'mcp_list_tools':
    case 'additional_tools':
      return true;
    case 'message':
      return item.role === 'assistant';
    case 'function_call_output':
      return items.some(
        (call) =>
          call.type === 'function_call' && call.callId === item.callId && ranParts(call, account) !== null,
      );
    default:
      return false;
  }
}
