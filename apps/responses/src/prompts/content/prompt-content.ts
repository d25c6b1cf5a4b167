import { JsonObject, JsonValue } from '@antiphon/contracts';
import { z } from 'zod';
import type { NamedTemplate } from '../templates/template-engine.ts';

/** The fields of a create that are a version's settings. The dialect checks their values. */
export const settingNames = [
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'max_output_tokens',
  'parallel_tool_calls',
  'reasoning',
] as const;

// Strict, so that a misspelt setting is refused instead of ignored.
const Settings = z.strictObject(Object.fromEntries(settingNames.map((name) => [name, JsonValue.optional()])));

const Message = z.object({
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: z.union([z.string(), z.array(JsonObject).max(100)], {
    error: 'must be a string or an array of content parts',
  }),
});

const Rule = z.object({
  /** Whether the rule checks the variables or the answer. */
  target: z.enum(['input', 'output']),
  path: z
    .string()
    .max(512)
    .regex(/^(?:\/[^/]*)*$/, 'must be a JSON pointer such as /address/city')
    .default(''),
  schema: JsonObject,
  /** The message for the caller (`input`) or the model (`output`) when the rule is broken. */
  message: z.string().min(1).max(512),
});

/** The content of a version as requests write it and the table stores it: the fields of a create of `/v1/responses`, with templates. */
export const PromptContent = z.object({
  /** Null: the request names the model. */
  model: z.string().min(1).max(256).nullable(),
  settings: Settings,
  system_prompt: z.string().nullable(),
  system_role: z.enum(['system', 'developer']),
  messages: z.array(Message).max(100),
  tools: z.array(JsonObject).max(128),
  tool_choice: JsonValue.nullable(),
  /** JSON Schema of the variables; null: the variables that the templates read. */
  input_schema: JsonObject.nullable(),
  /** JSON Schema of the answer; null for text. */
  output_schema: JsonObject.nullable(),
  validation_rules: z.array(Rule).max(50),
  /** How many retries an answer gets that breaks its schema or rules. */
  retry_limit: z.int().min(0).max(10),
  stream: z.boolean(),
});
export type PromptContent = z.infer<typeof PromptContent>;

const { shape } = PromptContent;

/** A change of a content in a request. Omitted fields stay; null fields get their default. */
export const ContentChange = z.object({
  model: shape.model.nullish(),
  settings: shape.settings.nullish(),
  system_prompt: shape.system_prompt.nullish(),
  system_role: shape.system_role.nullish(),
  messages: shape.messages.nullish(),
  tools: shape.tools.nullish(),
  tool_choice: shape.tool_choice.nullish(),
  input_schema: shape.input_schema.nullish(),
  output_schema: shape.output_schema.nullish(),
  validation_rules: shape.validation_rules.nullish(),
  retry_limit: shape.retry_limit.nullish(),
  stream: shape.stream.nullish(),
});
export type ContentChange = z.infer<typeof ContentChange>;

export const emptyContent: PromptContent = {
  model: null,
  settings: {},
  system_prompt: null,
  system_role: 'system',
  messages: [],
  tools: [],
  tool_choice: null,
  input_schema: null,
  output_schema: null,
  validation_rules: [],
  retry_limit: 3,
  stream: false,
};

/** A content with a change applied. */
export function changedContent(base: PromptContent, change: ContentChange): PromptContent {
  const changes = Object.keys(emptyContent).flatMap((key) => {
    const name = key as keyof PromptContent; // its keys
    if (change[name] === undefined) return [];
    return [[name, change[name] ?? emptyContent[name]]];
  });
  return { ...base, ...(Object.fromEntries(changes) as Partial<PromptContent>) }; // each value came from the field of its name
}

/** Whether a change has any field of the content. */
export function changesContent(change: ContentChange): boolean {
  return Object.keys(emptyContent).some((name) => change[name as keyof PromptContent] !== undefined);
}

/** The templates of a content, each named by its path. */
export function templatesOf(content: PromptContent): NamedTemplate[] {
  const templates: NamedTemplate[] = [];
  const note = (name: string, source: string) => void templates.push({ name, source });
  if (content.system_prompt !== null) note('system_prompt', content.system_prompt);
  for (const [index, message] of content.messages.entries()) {
    const name = `messages[${index}].content`;
    if (typeof message.content === 'string') note(name, message.content);
    else {
      for (const [place, part] of message.content.entries()) {
        if (isTextPart(part)) note(`${name}[${place}].text`, part.text);
      }
    }
  }
  return templates;
}

const textTypes = new Set<unknown>(['text', 'input_text', 'output_text']);

/** Whether a part of a message is text. Text parts are templates. */
export function isTextPart(part: JsonObject): part is JsonObject & { text: string } {
  return textTypes.has(part.type) && typeof part.text === 'string';
}
