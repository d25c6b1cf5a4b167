import { JsonObject, JsonValue } from '@antiphon/contracts';
import { z } from 'zod';
import type { NamedTemplate } from '../templates/template-engine.ts';

/** The fields of a create that are a version's settings. What may stand in them is the dialect's to say. */
export const settingNames = [
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'max_output_tokens',
  'parallel_tool_calls',
  'reasoning',
] as const;

// A misspelt setting would be taken for none.
const Settings = z.strictObject(Object.fromEntries(settingNames.map((name) => [name, JsonValue.optional()])));

const Message = z.object({
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: z.union([z.string(), z.array(JsonObject).max(100)], {
    error: 'must be a string or an array of content parts',
  }),
});

const Rule = z.object({
  /** Whether it looks at the variables or at the answer. */
  target: z.enum(['input', 'output']),
  path: z
    .string()
    .max(512)
    .regex(/^(?:\/[^/]*)*$/, 'must be a JSON pointer such as /address/city')
    .default(''),
  schema: JsonObject,
  /** What the caller, or the model, is told. */
  message: z.string().min(1).max(512),
});

/** What a version of a prompt holds, as it is written in requests and stored: a create in the words of `/v1/responses`, with templates. */
export const PromptContent = z.object({
  /** Null: the request names it. */
  model: z.string().min(1).max(256).nullable(),
  settings: Settings,
  system_prompt: z.string().nullable(),
  system_role: z.enum(['system', 'developer']),
  messages: z.array(Message).max(100),
  tools: z.array(JsonObject).max(128),
  tool_choice: JsonValue.nullable(),
  /** JSON Schema of the variables; null for whatever the templates read. */
  input_schema: JsonObject.nullable(),
  /** JSON Schema of the answer; null for text. */
  output_schema: JsonObject.nullable(),
  validation_rules: z.array(Rule).max(50),
  /** How often the model is asked again for an answer that does not fit. */
  retry_limit: z.int().min(0).max(10),
  stream: z.boolean(),
});
export type PromptContent = z.infer<typeof PromptContent>;

const { shape } = PromptContent;

/** A part of a content, as requests bring it: what is left out stays, what is null becomes the default. */
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

/** A content with a change laid over it. */
export function changedContent(base: PromptContent, change: ContentChange): PromptContent {
  const changes = Object.keys(emptyContent).flatMap((key) => {
    const name = key as keyof PromptContent; // its keys
    if (change[name] === undefined) return [];
    return [[name, change[name] ?? emptyContent[name]]];
  });
  return { ...base, ...(Object.fromEntries(changes) as Partial<PromptContent>) }; // each under its own name
}

/** Whether a change says anything about the content. */
export function changesContent(change: ContentChange): boolean {
  return Object.keys(emptyContent).some((name) => change[name as keyof PromptContent] !== undefined);
}

/** The templates of a content, each by its place. */
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

/** Whether a part of a message is text, and so a template. */
export function isTextPart(part: JsonObject): part is JsonObject & { text: string } {
  return textTypes.has(part.type) && typeof part.text === 'string';
}
