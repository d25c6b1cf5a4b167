import { type ContentPart, quote, read, refusal, type RequestPath } from '@antiphon/contracts';
import { z } from 'zod';
import { checkImageData } from '../../common/content-part.ts';

/** A block of a message, before its own fields are read. */
export type Block = { type: string } & Record<string, unknown>;

const Text = z.object({ text: z.string() });
const WebUrl = z.string().regex(/^https?:\/\//i, 'must be an http or https URL');
const Base64 = z.string().regex(/^[\d+/=A-Za-z\s]+$/, 'must be base64');

const Image = z.object({
  source: z.discriminatedUnion('type', [
    z.object({ type: z.literal('base64'), media_type: z.string().max(64), data: z.string().min(1) }),
    z.object({ type: z.literal('url'), url: WebUrl }),
  ]),
});

const Document = z.object({
  title: z.string().max(512).nullish(),
  context: z.string().nullish(),
  source: z.discriminatedUnion('type', [
    z.object({ type: z.literal('base64'), media_type: z.literal('application/pdf'), data: Base64 }),
    z.object({ type: z.literal('text'), media_type: z.literal('text/plain'), data: z.string() }),
    z.object({ type: z.literal('url'), url: WebUrl }),
    z.object({
      type: z.literal('content'),
      content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]),
    }),
  ]),
});

const SearchResult = z.object({ source: z.string(), title: z.string(), content: z.array(Text) });

/** The content of a message or of a tool's result as parts of the neutral model. Throws `invalid_request` with the path of the block. */
export function decodeContent(content: string | readonly Block[], path: RequestPath): ContentPart[] {
  if (typeof content === 'string') return [text(content)];
  return content.flatMap((block, index) => decodeBlock(block, [...path, index]));
}

/** A block of content. Citations of earlier answers are not read: models do not need them. */
export function decodeBlock(block: Block, path: RequestPath): ContentPart[] {
  switch (block.type) {
    case 'text':
      return [text(read(Text, block, path).text)];
    case 'image':
      return [decodeImage(block, path)];
    case 'document':
      return decodeDocument(block, path);
    case 'search_result': {
      const { title, source, content } = read(SearchResult, block, path);
      return [text([title, source, ...content.map((entry) => entry.text)].join('\n'))];
    }
    default:
      throw refusal([...path, 'type'], `${quote(block.type)} is not supported by this server`);
  }
}

function text(value: string): ContentPart {
  return { type: 'text', text: value };
}

function decodeImage(block: Block, path: RequestPath): ContentPart {
  const { source } = read(Image, block, path);
  if (source.type === 'url') return { type: 'image', url: source.url };
  const url = `data:${source.media_type};base64,${source.data}`;
  checkImageData(url, [...path, 'source', 'data']);
  return { type: 'image', url };
}

function decodeDocument(block: Block, path: RequestPath): ContentPart[] {
  const { title, context, source } = read(Document, block, path);
  const named = title ? { filename: title } : {};
  const about = context ? [text(context)] : [];
  switch (source.type) {
    case 'base64':
      return [...about, { type: 'file', url: `data:application/pdf;base64,${source.data}`, ...named }];
    case 'url':
      return [...about, { type: 'file', url: source.url, ...named }];
    case 'text':
      return [...about, { type: 'file', url: textFile(source.data), ...named }];
    case 'content':
      return [
        ...about,
        ...(title ? [text(title)] : []),
        ...decodeContent(source.content, [...path, 'source', 'content']),
      ];
  }
}

function textFile(content: string): string {
  return `data:text/plain;base64,${Buffer.from(content, 'utf8').toString('base64')}`;
}
