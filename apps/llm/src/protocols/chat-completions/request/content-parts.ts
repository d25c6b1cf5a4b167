import { type ContentPart, textOf } from '@antiphon/contracts';
import type { ProviderQuirks } from '../../quirks/provider-quirks.ts';
import type { ChatPart } from './chat-message.ts';

type FileQuirks = Pick<ProviderQuirks, 'file_part'>;

/** Content of a user message: a string for text alone, since not every server accepts parts. */
export function toUserContent(parts: readonly ContentPart[], quirks: FileQuirks): string | ChatPart[] {
  if (parts.every((part) => part.type === 'text') && parts.length <= 1) return textOf(parts);
  return parts.map((part) => toChatPart(part, quirks));
}

export function toChatPart(part: ContentPart, quirks: FileQuirks): ChatPart {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'refusal':
      return { type: 'text', text: part.refusal };
    case 'image':
      return {
        type: 'image_url',
        image_url: { url: part.url, ...(part.detail !== undefined && { detail: part.detail }) },
      };
    case 'audio':
      // The provider checks the format; it knows more formats than the client library declares.
      return { type: 'input_audio', input_audio: { data: part.data, format: part.format as 'wav' | 'mp3' } };
    case 'file':
      return quirks.file_part === 'document_url'
        ? {
            type: 'document_url',
            document_url: part.url,
            ...(part.filename !== undefined && { document_name: part.filename }),
          }
        : { type: 'file', file: { file_data: part.url, filename: part.filename ?? 'file' } };
  }
}
