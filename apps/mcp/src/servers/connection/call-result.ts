import { AppError, type ToolResult } from '@antiphon/contracts';
import { z } from 'zod';
import { beginningAsJson } from '../../host/tool-output.ts';
import { cleanOutput } from './clean-text.ts';

/** The used fields of an answer to a call. Parts of unknown types become a note. */
export const CallResult = z.object({
  content: z.array(z.unknown()).default([]),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().default(false),
});
export type CallResult = z.infer<typeof CallResult>;

const notedMax = 500;
const failureBytesMax = 8 * 1024;

const Part = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({
    type: z.enum(['image', 'audio']),
    data: z.string(),
    mimeType: z.string().default('unknown type'),
  }),
  z.object({
    type: z.literal('resource_link'),
    uri: z.string(),
    name: z.string().default(''),
    mimeType: z.string().optional(),
  }),
  z.object({
    type: z.literal('resource'),
    resource: z.object({
      uri: z.string(),
      mimeType: z.string().optional(),
      text: z.string().optional(),
      blob: z.string().optional(),
    }),
  }),
]);

/** The text of a result for the model, with a note in brackets for each part that is not text. Throws `unavailable` for a result that is an error. */
export function resultText({ content, structuredContent, isError }: CallResult): string {
  const parts = content.map(partText);
  if (parts.length === 0 && structuredContent !== undefined) parts.push(structureText(structuredContent));
  const text = cleanOutput(parts.join('\n'));
  if (!isError) return text;
  const reason = beginningAsJson(text, failureBytesMax);
  throw new AppError('unavailable', reason === '' ? 'the tool failed without a reason' : reason);
}

/** The maximum length of all images of one result, as base64, and their maximum number. The text mentions every image. */
const imagesLengthMax = 1024 * 1024;
const imagesMax = 4;

/** The images of a result, in formats that every provider reads. */
export function resultImages({ content, isError }: CallResult): NonNullable<ToolResult['images']> {
  let room = imagesLengthMax;
  const images = content.flatMap((part) => {
    const { data } = Part.safeParse(part);
    if (isError || data?.type !== 'image' || !imageTypes.has(data.mimeType)) return [];
    if (data.data.length > room || !isBase64(data.data)) return [];
    room -= data.data.length;
    return [{ type: 'image' as const, url: `data:${data.mimeType};base64,${data.data}` }];
  });
  return images.slice(0, imagesMax);
}

const imageTypes = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

function isBase64(text: string): boolean {
  return text !== '' && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}

/** Throws `unavailable` for a structure that is nested too deeply to be written: the server is at fault. */
function structureText(structure: unknown): string {
  try {
    return JSON.stringify(structure);
  } catch (cause) {
    throw new AppError('unavailable', 'The answer is nested too deeply.', { cause });
  }
}

function partText(part: unknown): string {
  const { data } = Part.safeParse(part);
  switch (data?.type) {
    case 'text':
      return data.text;
    case 'image':
    case 'audio':
      return note(data.type, data.mimeType, sizeOf(data.data));
    case 'resource_link':
      return note('resource', data.name, data.uri, data.mimeType);
    case 'resource': {
      const { uri, mimeType, text, blob } = data.resource;
      const header = note('resource', uri, mimeType, blob === undefined ? undefined : sizeOf(blob));
      return text === undefined ? header : `${header}\n${text}`;
    }
    case undefined:
      return note('a part of a kind that is not known');
  }
}

function note(...words: (string | undefined)[]): string {
  const text = words.filter((word) => word !== undefined && word !== '').join(', ');
  return `[${text.slice(0, notedMax).replace(/[[\]\n]/g, ' ')}]`;
}

function sizeOf(base64: string): string {
  return `${Math.floor((base64.length * 3) / 4)} bytes`;
}
