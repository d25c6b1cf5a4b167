import type { ContentPart, InputItem, Item, JsonObject, Response } from '@antiphon/contracts';
import { isPart } from '../common/content-part.ts';

/*
 * The `input` of a response object is the request's own. It is stored as it came only where it cannot be written again from the items that it
 * was decoded into: a long text or an image is stored once.
 */

type InputForm = NonNullable<Response['inputForm']>;
/** The fields of a response that keep how its request wrote `input`. */
type Written = Pick<Response, 'inputForm' | 'rawInput'>;

/** How a request wrote the input that was decoded into `items`. */
export function writtenAs(input: unknown, items: readonly InputItem[]): Written {
  const inputForm = formOf(input);
  const isSaidByItems = items.every(isItem) && isSameJson(input, inForm(inputForm, items));
  return isSaidByItems ? { inputForm } : { rawInput: input as Response['rawInput'] }; // JSON of a body
}

/** The `input` of a response as its request wrote it; of a request of another dialect, a text or messages of this one. */
export function echoedInput({ rawInput, inputForm, input }: Written & Pick<Response, 'input'>): unknown {
  if (rawInput !== undefined) return rawInput;
  return inForm(inputForm ?? 'text', input) ?? inForm('messages', input);
}

function formOf(input: unknown): InputForm {
  if (typeof input === 'string') return 'text';
  if (!Array.isArray(input)) return 'message';
  return input.every(isPart) ? 'parts' : 'messages';
}

/** The items written in a form; undefined where they do not have it. */
function inForm(form: InputForm, items: readonly Item[]): unknown {
  if (form === 'messages') return items.flatMap(messageOf);
  const [item] = items;
  if (!item || items.length > 1) return undefined;
  if (form === 'message') return messageOf(item)[0];
  if (item.type !== 'message' || item.role !== 'user') return undefined;
  return form === 'parts' ? item.content.map(partOf) : plainText(item.content);
}

function isItem(item: InputItem): item is Item {
  return item.type !== 'item_reference' && item.type !== 'sealed_compaction' && item.type !== 'sealed_reasoning';
}

/** An item in the form of chat completions. Empty for items that messages cannot carry. */
function messageOf(item: Item): object[] {
  switch (item.type) {
    case 'message':
      return [{ role: item.role, content: contentOf(item.content) }];
    case 'function_call': {
      const { callId, name, arguments: text } = item;
      const call = { id: callId, type: 'function', function: { name, arguments: text } };
      return [{ role: 'assistant', content: null, tool_calls: [call] }];
    }
    case 'function_call_output': {
      const content = typeof item.output === 'string' ? item.output : contentOf(item.output);
      return [{ role: 'tool', tool_call_id: item.callId, content }];
    }
    case 'reasoning':
    case 'mcp_list_tools':
    case 'additional_tools':
    case 'approval_response':
    case 'compaction':
      return [];
  }
}

function contentOf(parts: readonly ContentPart[]): string | object[] {
  return plainText(parts) ?? parts.map(partOf);
}

/** The text of content that is one text. */
function plainText(parts: readonly ContentPart[]): string | undefined {
  const [part] = parts;
  return parts.length === 1 && part?.type === 'text' ? part.text : undefined;
}

function partOf(part: ContentPart): object {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'refusal':
      return { type: 'refusal', refusal: part.refusal };
    case 'image': {
      const { url, detail } = part;
      return { type: 'image_url', image_url: { url, ...(detail && { detail }) } };
    }
    case 'file': {
      const { url, filename } = part;
      const field = url.startsWith('data:') ? 'file_data' : 'file_url';
      return { type: 'file', file: { ...(filename && { filename }), [field]: url } };
    }
    case 'audio':
      return { type: 'input_audio', input_audio: { data: part.data, format: part.format } };
  }
}

/** Whether two values are the same JSON, whatever the order of their fields. */
function isSameJson(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return one === other;
  const [fields, others] = [Object.entries(one), Object.entries(other)];
  if (Array.isArray(one) !== Array.isArray(other) || fields.length !== others.length) return false;
  return fields.every(
    ([name, value]) => Object.hasOwn(other, name) && isSameJson(value, (other as JsonObject)[name]), // an object
  );
}
