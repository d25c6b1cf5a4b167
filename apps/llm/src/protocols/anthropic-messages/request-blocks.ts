import type {
  ContentBlockParam,
  DocumentBlockParam,
  ImageBlockParam,
  TextBlockParam,
  ToolResultBlockParam,
} from '@anthropic-ai/sdk/resources/messages';
import { AppError, type ContentPart, type JsonObject } from '@antiphon/contracts';
import { isLink, readDataUrl, textIn } from '../turns/data-url.ts';
import type { Turn, TurnPart } from '../turns/turns.ts';
import type { MessageBlocks } from './wire.ts';

type SaidBlock = TextBlockParam | ImageBlockParam | DocumentBlockParam;

/** Whether a part of a thought is one of this API that can be sent back: it is whole. */
export function isThoughtBlock(detail: JsonObject): boolean {
  if (detail['type'] === 'redacted_thinking') return typeof detail['data'] === 'string';
  return (
    detail['type'] === 'thinking' &&
    typeof detail['thinking'] === 'string' &&
    typeof detail['signature'] === 'string' &&
    detail['signature'] !== ''
  );
}

/** Turns as messages of content blocks. Throws `model_refused` with the path of a content that the API does not accept. */
export function toMessages(turns: readonly Turn[]): MessageBlocks[] {
  return turns.map(({ role, parts }) => ({ role, content: parts.flatMap(toBlocks) }));
}

function toBlocks(part: TurnPart): ContentBlockParam[] {
  switch (part.kind) {
    case 'content':
      return [toSaidBlock(part.part, part.place)];
    case 'thought':
    case 'ran':
      // `isThoughtBlock` has checked thoughts, and results came from this account; both go back byte-equal.
      return part.details as unknown as ContentBlockParam[];
    case 'call':
      return [{ type: 'tool_use', id: part.id, name: part.name, input: part.input }];
    case 'output':
      return [toResult(part)];
  }
}

function toResult({ id, output, isFailed, place }: TurnPart & { kind: 'output' }): ToolResultBlockParam {
  const parts: readonly ContentPart[] =
    typeof output === 'string' ? [{ type: 'text', text: output }] : output;
  const said = parts.filter((part) => part.type !== 'text' || part.text.trim() !== '');
  return {
    type: 'tool_result',
    tool_use_id: id,
    ...(said.length > 0 && { content: said.map((part, at) => toSaidBlock(part, `${place}[${at}]`)) }),
    ...(isFailed && { is_error: true }),
  };
}

function toSaidBlock(part: ContentPart, place: string): SaidBlock {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'refusal':
      return { type: 'text', text: part.refusal };
    case 'image':
      return toImage(part.url, place);
    case 'file':
      return toDocument(part, place);
    case 'audio':
      throw refused(place, 'This model does not accept audio');
  }
}

const imageTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const;

function toImage(url: string, place: string): ImageBlockParam {
  if (isLink(url)) return { type: 'image', source: { type: 'url', url } };
  const data = readDataUrl(url);
  const type = data?.mediaType === 'image/jpg' ? 'image/jpeg' : data?.mediaType;
  const accepted = imageTypes.find((name) => name === type);
  if (data === null || accepted === undefined)
    throw refused(place, 'This model accepts images as JPEG, PNG, GIF and WebP only');
  return { type: 'image', source: { type: 'base64', media_type: accepted, data: data.base64 } };
}

function toDocument(file: ContentPart & { type: 'file' }, place: string): DocumentBlockParam {
  const title = file.filename === undefined ? {} : { title: file.filename };
  if (isLink(file.url)) return { type: 'document', source: { type: 'url', url: file.url }, ...title };
  const data = readDataUrl(file.url);
  if (data?.mediaType === 'application/pdf')
    return {
      type: 'document',
      source: { type: 'base64', media_type: 'application/pdf', data: data.base64 },
      ...title,
    };
  if (data === null || !isText(data.mediaType))
    throw refused(place, 'This model accepts files as PDF and text only');
  return {
    type: 'document',
    source: { type: 'text', media_type: 'text/plain', data: textIn(data) },
    ...title,
  };
}

function isText(mediaType: string): boolean {
  return /^text\/|[/+](json|xml|yaml|toml|csv|javascript)$|^application\/(x-yaml|x-sh)$/.test(mediaType);
}

function refused(param: string, message: string): AppError {
  return new AppError('model_refused', message, { param });
}
