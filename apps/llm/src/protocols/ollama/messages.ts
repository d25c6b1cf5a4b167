import {
  AppError,
  type ContentPart,
  type Item,
  type JsonObject,
  type MessageItem,
  type ReasoningItem,
  textOf,
} from '@antiphon/contracts';
import { argumentsObject } from '../requests/call-arguments.ts';
import { callIdAt } from '../requests/call-id.ts';
import { type DataUrl, readDataUrl, textIn } from '../turns/data-url.ts';
import { adjacentCalls } from '../requests/adjacent-calls.ts';
import { outputPath, PendingOutputs } from '../requests/pending-outputs.ts';

/** A message of `/api/chat`. Images are base64 without a header. */
export interface OllamaMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  thinking?: string;
  images?: string[];
  tool_calls?: { id: string; function: { name: string; arguments: JsonObject } }[];
  tool_name?: string;
  tool_call_id?: string;
}

/**
 * Converts items to messages. Chat templates accept few orders, so there is one system message at the beginning; later ones become the user's in
 * their place. The calls of a turn are in one message, followed by the output of each. Thoughts since the last user message go back to the account
 * that they came from.
 */
export function toOllamaMessages(
  instructions: string | null,
  items: readonly Item[],
  account: string,
): OllamaMessage[] {
  const firstOther = items.findIndex((item) => !isSystem(item));
  const leading = firstOther < 0 ? items.slice(0, -1) : items.slice(0, firstOther);
  const texts = leading.map((item) => (item.type === 'message' ? textOf(item.content) : ''));
  const system = [instructions ?? '', ...texts].filter((text) => text !== '').join('\n\n');
  const writer = new MessageWriter(items, account);
  for (let position = leading.length; position < items.length; position++) position = writer.write(position);
  return system === '' ? writer.messages : [{ role: 'system', content: system }, ...writer.messages];
}

function isSystem(item: Item): boolean {
  return item.type === 'message' && (item.role === 'system' || item.role === 'developer');
}

class MessageWriter {
  readonly messages: OllamaMessage[] = [];
  private readonly outputs: PendingOutputs;
  private readonly lastOfUser: number;
  /** For the next message of the assistant. */
  private thought = '';

  constructor(
    private readonly items: readonly Item[],
    private readonly account: string,
  ) {
    this.outputs = new PendingOutputs(items);
    this.lastOfUser = items.findLastIndex((item) => item.type === 'message' && item.role === 'user');
  }

  /** Writes the item at a position, with the calls beside it. Returns the position of the last one. */
  write(position: number): number {
    const item = this.items[position];
    if (item?.type === 'reasoning') this.keepThought(item, position);
    else if (item?.type === 'message' && item.role === 'assistant') this.writeAnswer(item, position);
    else if (item?.type === 'message') this.writeInput(item, position);
    else if (item?.type === 'function_call') return this.writeCalls(position);
    else if (item?.type === 'function_call_output' && !this.outputs.isTaken(item))
      this.messages.push(
        outputMessage(item.output, { tool_call_id: item.callId }, `items[${position}].output`),
      );
    return position;
  }

  private keepThought({ text, origin }: ReasoningItem, position: number): void {
    if (position > this.lastOfUser && origin?.provider === this.account && origin.field === undefined)
      this.thought += text;
  }

  private writeInput({ content }: MessageItem, position: number): void {
    this.thought = '';
    this.messages.push({ role: 'user', ...contentOf(content, `items[${position}].content`) });
  }

  /** A turn of thoughts alone is left out: templates write nothing for it. */
  private writeAnswer({ content }: MessageItem, position: number): void {
    const written = contentOf(content, `items[${position}].content`, '');
    if (written.content === '' && written.images === undefined) return;
    this.messages.push({ role: 'assistant', ...written, ...this.takeThought() });
  }

  private writeCalls(position: number): number {
    const { calls, last } = adjacentCalls(this.items, position);
    for (let next = position; next <= last; next++) {
      const item = this.items[next];
      if (item?.type === 'reasoning') this.keepThought(item, next);
    }
    const open = this.messages.at(-1);
    const isOpen = open?.role === 'assistant' && open.tool_calls === undefined;
    const message: OllamaMessage = isOpen ? open : { role: 'assistant', content: '' };
    if (!isOpen) this.messages.push(message);
    Object.assign(message, this.takeThought());
    message.tool_calls = calls.map((call) => ({
      id: callIdAt(this.account, call),
      function: { name: call.name, arguments: argumentsObject(call.arguments) },
    }));
    for (const call of calls) {
      const output = this.outputs.take(call);
      const of = { tool_name: call.name, tool_call_id: callIdAt(this.account, call) };
      this.messages.push(outputMessage(output, of, outputPath(this.items, output)));
    }
    return last;
  }

  private takeThought(): { thinking?: string } {
    const thinking = this.thought;
    this.thought = '';
    return thinking === '' ? {} : { thinking };
  }
}

/** The output of a call. Its images go into the same message, where templates with vision write them. */
function outputMessage(
  output: string | readonly ContentPart[],
  call: Pick<OllamaMessage, 'tool_name' | 'tool_call_id'>,
  path: string,
): OllamaMessage {
  const written = typeof output === 'string' ? { content: output } : contentOf(output, path);
  return { role: 'tool', ...written, ...call };
}

/** Texts, with `between` between them, and images of parts. Files of text become text. Throws `model_refused` for what no model of Ollama reads. */
function contentOf(
  parts: readonly ContentPart[],
  path: string,
  between = '\n',
): Pick<OllamaMessage, 'content' | 'images'> {
  const texts: string[] = [];
  const images: string[] = [];
  parts.forEach((part, place) => {
    const at = `${path}[${place}]`;
    if (part.type === 'text') texts.push(part.text);
    else if (part.type === 'refusal') texts.push(part.refusal);
    else if (part.type === 'image') images.push(dataOf(part.url, at).base64);
    else if (part.type === 'file') texts.push(fileText(part.url, at));
    else throw refusal(at, 'is audio, which this provider does not read');
  });
  return { content: texts.join(between), ...(images.length > 0 && { images }) };
}

function fileText(url: string, path: string): string {
  const data = dataOf(url, path);
  const mediaType = data.mediaType || 'text/plain';
  if (!/^(text\/|application\/([\w.-]+\+)?(json|xml|yaml|toml|javascript)$)/.test(mediaType))
    throw refusal(path, `is a file of type ${mediaType.slice(0, 80)}; this provider reads texts and images`);
  return textIn(data);
}

function dataOf(url: string, path: string): DataUrl {
  const data = readDataUrl(url);
  if (data === null) throw refusal(path, 'is no data URL, and this provider follows no links');
  return data;
}

function refusal(path: string, complaint: string): AppError {
  return new AppError('model_refused', `${path} ${complaint}`, { param: path });
}
