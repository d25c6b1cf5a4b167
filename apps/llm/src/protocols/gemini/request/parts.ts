import type { Part } from '@google/genai';
import { AppError, type ContentPart } from '@antiphon/contracts';

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
  if (/^data:/i.test(url)) return { inlineData: dataOf(url, path) };
  if (/^(https?|gs):\/\//i.test(url)) return { fileData: { fileUri: url, ...mediaTypeOf(url, kind) } };
  throw refusal(path, 'is neither a data URL nor a link');
}

/** The media type and the base64 of a data URL. */
function dataOf(url: string, path: string): { mimeType: string; data: string } {
  const comma = url.indexOf(',');
  if (comma < 0) throw refusal(path, 'is a data URL without data');
  const header = url.slice('data:'.length, comma);
  const data = url.slice(comma + 1);
  const [type] = header.split(';');
  const mimeType = readableType(type || 'text/plain');
  if (/;\s*base64\s*$/i.test(header)) return { mimeType, data };
  try {
    return { mimeType, data: Buffer.from(decodeURIComponent(data)).toString('base64') };
  } catch {
    throw refusal(path, 'is a data URL that cannot be decoded');
  }
}

/** The API reads `text/*` and few other documents, so text of other types is declared as plain. */
function readableType(type: string): string {
  const isText =
    /^application\/([\w.-]+\+)?(json|xml|yaml|x-yaml|toml|javascript|x-javascript|sql|x-sh)$/i.test(type);
  return isText ? 'text/plain' : type.toLowerCase();
}

const typesOfNames: Record<string, string> = {
  ...{ png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', webp: 'image/webp', gif: 'image/gif' },
  ...{ heic: 'image/heic', heif: 'image/heif', pdf: 'application/pdf', txt: 'text/plain', md: 'text/plain' },
  ...{ csv: 'text/csv', html: 'text/html', mp3: 'audio/mp3', wav: 'audio/wav', mp4: 'video/mp4' },
  ...{ mov: 'video/mov', webm: 'video/webm' },
};

/** The media type by the name of the file: the API cannot read a link without one. Empty where the name says nothing. */
function mediaTypeOf(url: string, kind: 'image' | 'file'): { mimeType?: string } {
  const name = /\.(\w+)(?:[?#].*)?$/.exec(url)?.[1]?.toLowerCase() ?? '';
  const mimeType = typesOfNames[name] ?? (kind === 'image' ? 'image/jpeg' : undefined);
  return mimeType === undefined ? {} : { mimeType };
}

function refusal(path: string, complaint: string): AppError {
  return new AppError('model_refused', `${path} ${complaint}`, { param: path });
}
