import { AppError, type JsonObject, type JsonValue } from '@antiphon/contracts';
import { isTextPart, type PromptContent } from './prompt-content.ts';

/** The body of a create of `/v1/responses`. */
export type CreateBody = Record<string, JsonValue>;

/** The create of a content, with unrendered templates. Providers need a name for the format of an answer, so it gets a fixed one. */
export function bodyOf(content: PromptContent): CreateBody {
  const { model, settings, system_prompt, system_role, messages, tools, tool_choice, output_schema, stream } =
    content;
  const isDeveloper = system_role === 'developer' && system_prompt !== null;
  return {
    ...(model !== null && { model }),
    ...(settings as JsonObject), // parsed from JSON
    ...(!isDeveloper && system_prompt !== null && { instructions: system_prompt }),
    input: [...(isDeveloper ? [{ role: 'developer', content: system_prompt }] : []), ...messages],
    tools,
    ...(tool_choice !== null && { tool_choice }),
    ...(output_schema && {
      text: { format: { type: 'json_schema', name: 'answer', schema: output_schema } },
    }),
    ...(stream && { stream }),
  };
}

/** A content with its templates replaced by the rendered texts, in order, and marks replaced by their `parts`. */
export function fillContent(
  content: PromptContent,
  rendered: readonly string[],
  parts: ReadonlyMap<string, JsonObject>,
): PromptContent {
  const texts = [...rendered];
  const next = () => texts.shift() ?? '';
  const system_prompt = content.system_prompt === null ? null : onlyText(next(), parts);
  const messages = content.messages.map((message) => ({
    ...message,
    content:
      typeof message.content === 'string'
        ? withParts(next(), parts)
        : message.content.flatMap((part) => (isTextPart(part) ? partsOf(next(), parts, part) : [part])),
  }));
  return { ...content, system_prompt, messages };
}

/** A create with the fields of a request over it. The request's input is appended; its nulls change nothing. */
export function laidOver(base: CreateBody, request: JsonObject): CreateBody & { input: JsonValue[] } {
  const { input, text, ...rest } = request;
  const body = { ...base, ...withoutNulls(rest) };
  const before = Array.isArray(base.input) ? base.input : [];
  // The request's instructions replace a system prompt of any role.
  const kept = typeof rest.instructions === 'string' ? before.filter((item) => !isDeveloper(item)) : before;
  const asked = { ...asObject(base.text), ...withoutNulls(asObject(text)) };
  return {
    ...body,
    input: [...kept, ...itemsOf(input)],
    ...(Object.keys(asked).length > 0 && { text: asked }),
  };
}

function isDeveloper(item: JsonValue): boolean {
  return asObject(item).role === 'developer';
}

function itemsOf(input: JsonValue | undefined): JsonValue[] {
  if (input === undefined || input === null || input === '') return [];
  return Array.isArray(input) ? input : [{ role: 'user', content: input }];
}

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function withoutNulls(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** Splits a text at its marks. A text without marks stays a plain string. */
function withParts(text: string, parts: ReadonlyMap<string, JsonObject>): string | JsonObject[] {
  return hasMark(text, parts) ? partsOf(text, parts) : text;
}

/** `like` has the type of a text part. */
function partsOf(
  text: string,
  parts: ReadonlyMap<string, JsonObject>,
  like: JsonObject = { type: 'input_text' },
): JsonObject[] {
  if (!hasMark(text, parts)) return [{ ...like, text }];
  return text.split(/(\ue000\d+\ue001)/).flatMap((piece) => {
    if (piece === '') return [];
    return [parts.get(piece) ?? { ...like, text: piece }];
  });
}

function onlyText(text: string, parts: ReadonlyMap<string, JsonObject>): string {
  if (!hasMark(text, parts)) return text;
  throw new AppError(
    'invalid_request',
    'prompt.variables has an image or a file in the system prompt: they are allowed in messages only',
    { reason: 'invalid_type', param: 'prompt.variables' },
  );
}

function hasMark(text: string, parts: ReadonlyMap<string, JsonObject>): boolean {
  return [...parts.keys()].some((mark) => text.includes(mark));
}
