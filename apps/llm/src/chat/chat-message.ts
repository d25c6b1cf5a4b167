import { functionCall, type ContentPart, type Item, newId } from '@antiphon/contracts';
import { z } from 'zod';
import { listOf } from '../http/list-of.ts';

const Text = z.object({ type: z.literal('text'), text: z.string() });
const Refusal = z.object({ type: z.literal('refusal'), refusal: z.string() });
const Image = z.object({
  type: z.literal('image_url'),
  image_url: z.object({ url: z.string(), detail: z.enum(['low', 'high', 'auto']).nullish() }),
});
const Audio = z.object({
  type: z.literal('input_audio'),
  input_audio: z.object({ data: z.string(), format: z.string() }),
});
const File = z.object({
  type: z.literal('file'),
  file: z.object({
    file_data: z.string({ error: 'must hold the file: files are not kept here' }),
    filename: z.string().nullish(),
  }),
});

const texts = z.union([z.string(), listOf(Text)], { error: 'must be a string or an array of text parts' });

const ToolCall = z.object({
  id: z.string().min(1),
  type: z.literal('function').default('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

/** A message of a chat completion. */
export const ChatMessage = z.discriminatedUnion(
  'role',
  [
    z.object({ role: z.enum(['system', 'developer']), content: texts }),
    z.object({
      role: z.literal('user'),
      content: z.union(
        [
          z.string(),
          listOf(z.discriminatedUnion('type', [Text, Image, Audio, File]), z.array(z.unknown()).min(1)),
        ],
        {
          error: 'must be a string or an array of content parts (text, image_url, input_audio, file)',
        },
      ),
    }),
    z.object({
      role: z.literal('assistant'),
      content: z
        .union([z.string(), z.array(z.discriminatedUnion('type', [Text, Refusal]))], {
          error: 'must be a string, null or an array of text and refusal parts',
        })
        .nullish(),
      refusal: z.string().nullish(),
      tool_calls: listOf(ToolCall).nullish(),
    }),
    z.object({ role: z.literal('tool'), tool_call_id: z.string().min(1), content: texts }),
  ],
  { error: 'must have a role of system, developer, user, assistant or tool' },
);
export type ChatMessage = z.infer<typeof ChatMessage>;

/** The items of a message. */
export function toItems(message: ChatMessage): Item[] {
  switch (message.role) {
    case 'tool':
      return [
        {
          type: 'function_call_output',
          id: newId('functionCallOutput'),
          callId: message.tool_call_id,
          output: joined(message.content),
          status: 'completed',
        },
      ];
    case 'assistant':
      return [...assistantMessage(message), ...(message.tool_calls ?? []).map(toCallItem)];
    case 'user':
    case 'system':
    case 'developer':
      return [
        {
          type: 'message',
          id: newId('message'),
          role: message.role,
          content: toParts(message.content),
          status: 'completed',
        },
      ];
  }
}

function assistantMessage(message: ChatMessage & { role: 'assistant' }): Item[] {
  const content = toParts(message.content ?? '').filter((part) => part.type !== 'text' || part.text !== '');
  if (message.refusal) content.push({ type: 'refusal', refusal: message.refusal });
  const hasCalls = (message.tool_calls ?? []).length > 0;
  if (content.length === 0 && hasCalls) return [];
  return [{ type: 'message', id: newId('message'), role: 'assistant', content, status: 'completed' }];
}

function toCallItem(call: z.infer<typeof ToolCall>): Item {
  return functionCall({
    id: newId('functionCall'),
    callId: call.id,
    name: call.function.name,
    arguments: call.function.arguments,
    executor: 'client',
  });
}

type WirePart = z.infer<typeof Text | typeof Refusal | typeof Image | typeof Audio | typeof File>;

function toParts(content: string | readonly WirePart[]): ContentPart[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content.map(toPart);
}

function toPart(part: WirePart): ContentPart {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'refusal':
      return { type: 'refusal', refusal: part.refusal };
    case 'image_url':
      return {
        type: 'image',
        url: part.image_url.url,
        ...(part.image_url.detail && { detail: part.image_url.detail }),
      };
    case 'input_audio':
      return { type: 'audio', data: part.input_audio.data, format: part.input_audio.format };
    case 'file':
      return {
        type: 'file',
        url: part.file.file_data,
        ...(part.file.filename && { filename: part.file.filename }),
      };
  }
}

function joined(content: z.infer<typeof texts>): string {
  return typeof content === 'string' ? content : content.map((part) => part.text).join('');
}
