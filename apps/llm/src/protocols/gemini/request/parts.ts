import type { Part } from '@google/genai';
import { AppError, type ContentPart } from '@antiphon/contracts';
import { readDataUrl } from '../../turns/data-url.ts';

/** A content part as a part of this API; `path` is its place in the request. Throws `model_refused` for a URL that is neither data nor a link. */
export function toPart(part: ContentPart, path: string): Part {
  switch (part.type) {
    case 'text':
      return { text: part.text };
    case 'refusal':
      return { text: part.refusal };
    case 'audio':
      return { inlineData: { mimeType: `audio/${part.format}`, data: part.data } };
    case 'image':
    case 'file':
      return toMediaPart(part.url, path, part.type);
  }
}

/** Parts of a message, without empty texts: the API refuses those. */
export function toParts(content: readonly ContentPart[], path: string): Part[] {
  return content.map((part, place) => toPart(part, `${path}[${place}]`)).filter((part) => part.text !== '');
}

function toMediaPart(url: string, path: string, kind: 'image' | 'file'): Part {
  const data = readDataUrl(url);
  if (data !== null)
    return { inlineData: { mimeType: readableType(data.mediaType || 'text/plain'), data: data.base64 } };
  if (/^(https?|gs):\/\//i.test(url)) return { fileData: { fileUri: url, ...mediaTypeOf(url, kind) } };
  const message = `${path} is neither a link nor a data URL`;
  throw new AppError('model_refused', message, { param: path });
}

/** The API reads `text/*` and few other documents, so text of other types is declared as plain. */
function readableType(type: string): string {
  const isText =
    /^application\/([\w.-]+\+)?(json|xml|yaml|x-yaml|toml|javascript|x-javascript|sql|x-sh)$/.test(type);
  return isText ? 'text/plain' : type;
}

const typesOfNames: Record<string, string> = {
  ...{ png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', webp: 'image/webp', gif: 'image/gif' },
  ...{ heic: 'image/heic', heif: 'image/heif', pdf: 'application/pdf', txt: 'text/plain', md: 'text/plain' },
  ...{ csv: 'text/csv', html: 'text/html', mp3: 'audio/mp3', wav: 'audio/wav', mp4: 'video/mp4' },
  ...{ mov: 'video/mov', webm: 'video/webm' },
};

/** The media type by the name of the file: the API cannot read a link without one. Empty for a name without a known ending. */
function mediaTypeOf(url: string, kind: 'image' | 'file'): { mimeType?: string } {
  const name = /\.(\w+)(?:[?#].*)?$/.exec(url)?.[1]?.toLowerCase() ?? '';
  const mimeType = typesOfNames[name] ?? (kind === 'image' ? 'image/jpeg' : undefined);
  return mimeType === undefined ? {} : { mimeType };
}
