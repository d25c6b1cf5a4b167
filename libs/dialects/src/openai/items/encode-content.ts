import type { Citation, ContentPart, MessageRole, TokenLogprob } from '@antiphon/contracts';
import type { z } from 'zod';
import type * as replies from '../replies/item.ts';

export type WirePart = z.input<typeof replies.ContentPart>;

export function encodePart(part: ContentPart, role: MessageRole): WirePart {
  switch (part.type) {
    case 'text':
      return role === 'assistant'
        ? {
            type: 'output_text',
            text: part.text,
            annotations: (part.citations ?? []).map(encodeCitation),
            logprobs: encodeLogprobs(part.logprobs),
          }
        : { type: 'input_text', text: part.text };
    case 'refusal':
      return { type: 'refusal', refusal: part.refusal };
    case 'image':
      return {
        type: 'input_image',
        image_url: part.url,
        ...(part.fileId && { file_id: part.fileId }),
        detail: part.detail ?? 'auto',
      };
    case 'file':
      return {
        type: 'input_file',
        ...(part.filename !== undefined && { filename: part.filename }),
        ...sourceOf(part),
      };
    case 'audio':
      return { type: 'input_audio', input_audio: { data: part.data, format: part.format } };
  }
}

function sourceOf({ url, fileId }: Extract<ContentPart, { type: 'file' }>) {
  if (fileId) return { file_id: fileId };
  return url.startsWith('data:') ? { file_data: url } : { file_url: url };
}

/** A file is cited at a place of the text, every other source for a part of it. */
export function encodeCitation(citation: Citation): z.input<typeof replies.Annotation> {
  const { url, title, startIndex, endIndex } = citation;
  const part = { start_index: startIndex, end_index: endIndex };
  switch (citation.type) {
    case 'file':
      return { type: 'file_citation', file_id: citation.fileId, filename: title, index: endIndex };
    case 'container_file':
      return {
        type: 'container_file_citation',
        container_id: citation.containerId,
        file_id: citation.fileId,
        filename: title,
        ...part,
      };
    default:
      return { type: 'url_citation', url, title, ...part };
  }
}

export function encodeLogprobs(logprobs: readonly TokenLogprob[] = []): z.input<typeof replies.logprobs> {
  return logprobs.map(({ token, logprob, bytes, top }) => ({ token, logprob, bytes, top_logprobs: top }));
}
