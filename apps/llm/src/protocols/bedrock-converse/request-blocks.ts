import { AppError, type ContentPart, type JsonObject } from '@antiphon/contracts';
import { providersCallId } from '../requests/call-id.ts';
import { type DataUrl, isLink, readDataUrl } from '../turns/data-url.ts';
import type { Turn, TurnPart } from '../turns/turns.ts';
import type { ModelFamily } from './model-family.ts';
import type { ConverseBlock, ConverseMessage, ImageBlock, SaidBlock } from './wire.ts';

/** Whether a part of a thought is one of this API that can be sent back: signed, or sealed. */
export function isReasoningContent(detail: JsonObject): boolean {
  if (typeof detail['redactedContent'] === 'string') return true;
  const text = detail['reasoningText'];
  if (typeof text !== 'object' || text === null || Array.isArray(text)) return false;
  return (
    typeof text['text'] === 'string' && typeof text['signature'] === 'string' && text['signature'] !== ''
  );
}

/** Said by the model between an output and the user, where a model accepts no text beside outputs. */
const readOutput = 'I have read the output.';

/** Turns as messages of the Converse API. Throws `model_refused` with the path of a content that it does not accept. */
export function toConverseMessages(turns: readonly Turn[], family: ModelFamily): ConverseMessage[] {
  const blocks = new BlockWriter(family);
  return turns.flatMap(({ role, parts }): ConverseMessage[] => {
    const ofOutputs = parts.filter(({ kind }) => kind === 'output');
    const content = parts.flatMap((part) => blocks.toBlocks(part));
    if (family.mixedOutputs || ofOutputs.length === 0 || ofOutputs.length === parts.length)
      return [{ role, content }];
    return [
      { role: 'user', content: content.slice(0, ofOutputs.length) },
      { role: 'assistant', content: [{ text: readOutput }] },
      { role: 'user', content: content.slice(ofOutputs.length) },
    ];
  });
}

class BlockWriter {
  /** Documents of the request so far: each needs a name of its own. */
  private documents = 0;

  constructor(private readonly family: ModelFamily) {}

  toBlocks(part: TurnPart): ConverseBlock[] {
    switch (part.kind) {
      case 'content':
        return this.said(part.part, part.place);
      // Bedrock runs no tools, so these come from no account of it.
      case 'ran':
        return [];
      case 'thought':
        return part.details.map((detail) => ({ reasoningContent: detail }));
      case 'call':
        return [{ toolUse: { toolUseId: this.id(part.id), name: part.name, input: part.input } }];
      case 'output':
        return [this.result(part)];
    }
  }

  private result({ id, output, isFailed, place }: TurnPart & { kind: 'output' }): ConverseBlock {
    const parts: readonly ContentPart[] =
      typeof output === 'string' ? [{ type: 'text', text: output }] : output;
    const said = parts.filter((part) => part.type !== 'text' || part.text.trim() !== '');
    const content = said.flatMap((part, at) => this.said(part, `${place}[${at}]`));
    return {
      toolResult: {
        toolUseId: this.id(id),
        content: content.length > 0 ? content : [{ text: '(no output)' }],
        ...(isFailed && this.family.mixedOutputs && { status: 'error' }),
      },
    };
  }

  private said(part: ContentPart, place: string): SaidBlock[] {
    switch (part.type) {
      case 'text':
        return [{ text: part.text }];
      case 'refusal':
        return [{ text: part.refusal }];
      case 'image':
        return [toImage(part.url, place)];
      case 'file':
        return this.document(part, place);
      case 'audio':
        throw refused(place, 'This model does not accept audio');
    }
  }

  /** A document needs a text beside it, and a name of letters, digits, spaces and hyphens. */
  private document(file: ContentPart & { type: 'file' }, place: string): SaidBlock[] {
    const data = bytesOf(file.url, place);
    const ending = /\.([a-z]+)$/i.exec(file.filename ?? '')?.[1]?.toLowerCase() ?? '';
    const format = documentFormats[data.mediaType] ?? (documentEndings.has(ending) ? ending : undefined);
    if (format === undefined)
      throw refused(place, 'This model accepts files as PDF, text, HTML and office documents only');
    const title =
      (file.filename ?? 'file')
        .replaceAll(/[^a-zA-Z0-9-]+/g, ' ')
        .trim()
        .slice(0, 100) || 'file';
    this.documents++;
    const name = `${title} ${this.documents}`;
    return [{ text: `The file "${name}":` }, { document: { format, name, source: { bytes: data.base64 } } }];
  }

  private id(id: string): string {
    return this.family.nineCharacterIds ? providersCallId(id, { tool_call_ids: 'nine' }) : id;
  }
}

const imageFormats: Record<string, ImageBlock['image']['format']> = {
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpeg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
};

const documentFormats: Record<string, string> = {
  'application/pdf': 'pdf',
  'text/csv': 'csv',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'text/html': 'html',
  'text/plain': 'txt',
  'application/json': 'txt',
  'text/markdown': 'md',
};

const documentEndings = new Set(['pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md']);

function toImage(url: string, place: string): ImageBlock {
  const { mediaType, base64 } = bytesOf(url, place);
  const format = imageFormats[mediaType];
  if (format === undefined) throw refused(place, 'This model accepts images as JPEG, PNG, GIF and WebP only');
  return { image: { format, source: { bytes: base64 } } };
}

function bytesOf(url: string, place: string): DataUrl {
  const data = readDataUrl(url);
  if (data !== null) return data;
  throw refused(
    place,
    isLink(url)
      ? 'This model does not download links; send the bytes as a data URL'
      : 'Images and files must be data URLs',
  );
}

function refused(param: string, message: string): AppError {
  return new AppError('model_refused', message, { param });
}
