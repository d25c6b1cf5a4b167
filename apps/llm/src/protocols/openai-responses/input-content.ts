import { AppError, type ContentPart } from '@antiphon/contracts';
import type {
  ResponseInputContent,
  ResponseInputFile,
  ResponseInputText,
} from 'openai/resources/responses/responses';

type SentPart = Exclude<ContentPart, { type: 'audio' }>;

/**
 * The parts of a user's message. `place` is the path of the content in the request. Throws `model_refused` for audio, which this API does
 * not take.
 */
export function toInputContent(parts: readonly ContentPart[], place: string): ResponseInputContent[] {
  return parts.map((part, position) => {
    if (part.type !== 'audio') return toInputPart(part);
    throw new AppError('model_refused', 'This model is asked by the Responses API, which takes no audio', {
      param: `${place}[${position}]`,
    });
  });
}

/** The output of a tool: text stays a string. A note takes the place of audio, since the caller cannot change what a tool returned. */
export function toOutputContent(output: string | readonly ContentPart[]): string | ResponseInputContent[] {
  if (typeof output === 'string') return output;
  return output.map((part) =>
    part.type === 'audio' ? toText('(Audio is left out: this model does not take it.)') : toInputPart(part),
  );
}

function toInputPart(part: SentPart): ResponseInputContent {
  switch (part.type) {
    case 'text':
      return toText(part.text);
    case 'refusal':
      return toText(part.refusal);
    case 'image':
      return { type: 'input_image', image_url: part.url, detail: part.detail ?? 'auto' };
    case 'file':
      return toFile(part);
  }
}

function toText(text: string): ResponseInputText {
  return { type: 'input_text', text };
}

/** A name belongs to data; a linked file has its own. */
function toFile({ url, filename }: Extract<ContentPart, { type: 'file' }>): ResponseInputFile {
  if (!url.startsWith('data:')) return { type: 'input_file', file_url: url };
  return { type: 'input_file', filename: filename ?? 'file', file_data: url };
}
