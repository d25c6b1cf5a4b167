import {
  type Citation,
  type ContentPart,
  missing,
  quote,
  read,
  refusal,
  type RequestPath,
} from '@antiphon/contracts';
import { z } from 'zod';

/**
 * The content of a message: text, or a list of parts. Clients send parts in the forms of the Responses API and of chat completions,
 * and mix them; both are accepted.
 */
export function decodeContent(content: unknown, path: RequestPath): ContentPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!Array.isArray(content)) throw refusal(path, 'must be a string or an array of content parts');
  return content.map((part: unknown, index) => decodePart(part, [...path, index]));
}

/** Whether an entry is a content part and not an item of its own. */
export function isPart(value: unknown): boolean {
  const type = Typed.safeParse(value);
  return type.success && partTypes.has(type.data.type);
}

const Typed = z.object({ type: z.string() });

const partTypes = new Set([
  'text',
  'input_text',
  'output_text',
  'refusal',
  'image_url',
  'input_image',
  'file',
  'input_file',
  'input_audio',
]);

/** One part in either form. Throws `invalid_request`. */
export function decodePart(value: unknown, path: RequestPath): ContentPart {
  const { type } = read(Typed, value, path);
  switch (type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return decodeText(value, path);
    case 'refusal':
      return { type: 'refusal', refusal: read(Refusal, value, path).refusal };
    case 'image_url':
    case 'input_image':
      return decodeImage(value, path);
    case 'file':
    case 'input_file':
      return decodeFile(value, path);
    case 'input_audio': {
      const { data, format } = read(Audio, value, path).input_audio;
      return { type: 'audio', data, format };
    }
    default:
      throw refusal(
        [...path, 'type'],
        `${quote(type)} is not supported by this server; use "input_text", "input_image", "input_file" or "input_audio"`,
      );
  }
}

const Text = z.object({ text: z.string(), annotations: z.array(z.unknown()).nullish() });
const UrlCitation = z.object({
  type: z.literal('url_citation'),
  url: z.string(),
  title: z.string().default(''),
  start_index: z.int().nonnegative().default(0),
  end_index: z.int().nonnegative().default(0),
});

/** Citations of an answer that the client sends back. Annotations of other kinds are ignored. */
function decodeText(value: unknown, path: RequestPath): ContentPart {
  const { text, annotations } = read(Text, value, path);
  const citations = (annotations ?? []).flatMap((annotation): Citation[] => {
    const { data } = UrlCitation.safeParse(annotation);
    return data
      ? [{ url: data.url, title: data.title, startIndex: data.start_index, endIndex: data.end_index }]
      : [];
  });
  return { type: 'text', text, ...(citations.length > 0 && { citations }) };
}

const Refusal = z.object({ refusal: z.string() });
const Audio = z.object({
  input_audio: z.object({ data: z.string().min(1), format: z.string().min(1).max(16) }),
});

const WebUrl = z.string().regex(/^https?:\/\//i, 'must be an http or https URL');
const DataUrl = z.string().regex(/^data:/i, 'must be a data URL (data:<media type>;base64,…)');
const WebOrDataUrl = z.string().regex(/^(https?:\/\/|data:)/i, 'must be an https URL or a data URL');
const Detail = z.enum(['auto', 'low', 'high', 'original']).nullish();

/** The id of an uploaded file. The request has no bytes of it: they are read before the response is made. */
const FileId = z.string().min(1).max(128).nullish();

const Image = z.object({
  image_url: z
    .union([WebOrDataUrl, z.object({ url: WebOrDataUrl, detail: Detail })], {
      error: 'must be an https URL or a data URL, or an object with such a "url"',
    })
    .nullish(),
  file_id: FileId,
  detail: Detail,
});

function decodeImage(value: unknown, path: RequestPath): ContentPart {
  const { image_url: link, file_id: fileId, detail: given } = read(Image, value, path);
  const nested = typeof link === 'string' ? { url: link, detail: null } : link;
  const detail = given ?? nested?.detail;
  const form = detail ? { detail: detail === 'original' ? ('high' as const) : detail } : {};
  if (nested) {
    checkImageData(nested.url, [...path, 'image_url']);
    return { type: 'image', url: nested.url, ...(fileId && { fileId }), ...form };
  }
  if (fileId) return { type: 'image', url: '', fileId, ...form };
  throw missing(
    [...path, 'image_url'],
    'send an https URL or a data URL, or the "file_id" of an uploaded file',
  );
}

/** Bitmap formats only: SVG may hold scripts and references. */
const imageData = /^data:image\/(?:png|jpe?g|gif|webp|avif|bmp|heic|heif|tiff);base64,/i;
const imageBytesMax = 5 * 1024 * 1024;

/** Whether files of a media type are taken as images. */
export function isImageType(mediaType: string): boolean {
  return imageData.test(`data:${mediaType};base64,`);
}

/** Throws `invalid_request` for a data URL that is no image, or a too large one. Other URLs pass. */
export function checkImageData(url: string, path: RequestPath): void {
  if (!/^data:/i.test(url)) return;
  const head = imageData.exec(url.slice(0, 64))?.[0];
  if (head === undefined) throw refusal(path, 'must be data of an image: data:image/png;base64,…');
  const digits = url.slice(head.length).replace(/={1,2}$/, '');
  if (digits === '' || digits.length % 4 === 1 || /[^0-9a-z+/]/i.test(digits))
    throw refusal(path, 'must hold the image in base64');
  if (digits.length * 0.75 > imageBytesMax) throw refusal(path, 'must hold at most 5 MB');
}

const FileFields = z.object({
  filename: z.string().max(512).nullish(),
  file_data: DataUrl.nullish(),
  file_url: WebUrl.nullish(),
  file_id: FileId,
});
const NestedFile = z.object({ file: FileFields });

function decodeFile(value: unknown, path: RequestPath): ContentPart {
  const nested = typeof value === 'object' && value !== null && 'file' in value;
  const file = nested ? read(NestedFile, value, path).file : read(FileFields, value, path);
  const url = file.file_data ?? file.file_url;
  const name = file.filename ? { filename: file.filename } : {};
  if (url) return { type: 'file', url, ...name };
  if (file.file_id) return { type: 'file', url: '', fileId: file.file_id, ...name };
  throw refusal(path, 'must have "file_data" (a data URL), "file_url", or the "file_id" of an uploaded file');
}
