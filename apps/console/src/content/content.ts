import type { Content, JsonObject } from '../api/content/prompts.ts';
import { firstObject } from '../ui/schema-form/form-field.ts';

export const emptyContent: Content = {
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

/** The content among the fields of a prompt. */
export function contentOf(prompt: Content): Content {
  const names = Object.keys(emptyContent) as (keyof Content)[]; // its keys
  // Each value is that of the field of its name.
  return Object.fromEntries(names.map((name) => [name, prompt[name]])) as unknown as Content;
}

/** Whether any text of a content is a template that needs rendering. */
export function hasTemplates({ system_prompt: system, messages }: Content): boolean {
  return isTemplate(system ?? '') || messages.some(({ content }) => isTemplate(JSON.stringify(content)));
}

function isTemplate(text: string): boolean {
  return /\{[{%#]/.test(text);
}

/** The values of a content's variables: those that the user set, or what their form begins with where `values` is null. */
export function valuesOf(content: Content, values: JsonObject | null): JsonObject {
  return values ?? firstObject(content.input_schema);
}

/** The create of `/v1/responses` that a content without templates is. */
export function bodyOf(content: Content): JsonObject & { input: JsonObject[] } {
  const { model, settings, system_prompt: system, system_role: role, messages, tools } = content;
  const { tool_choice: choice, output_schema: schema } = content;
  const isDeveloper = role === 'developer' && system !== null;
  return {
    model: model ?? 'default',
    ...(system !== null && !isDeveloper && { instructions: system }),
    input: [
      ...(isDeveloper ? [{ role, content: system }] : []),
      ...messages.map((message) => ({ ...message })),
    ],
    ...settings,
    ...(tools.length > 0 && { tools }),
    ...(choice !== null && { tool_choice: choice }),
    ...(schema && { text: { format: { type: 'json_schema', name: 'answer', schema } } }),
  };
}

/** A content as lines that people compare: templates as they are written, everything else as JSON. */
export function contentLines({
  system_prompt: system,
  system_role: role,
  messages,
  ...rest
}: Content): string {
  const texts = [
    ...(system === null ? [] : [section(role, system)]),
    ...messages.map((message) =>
      section(
        message.role,
        typeof message.content === 'string' ? message.content : JSON.stringify(message.content, null, 2),
      ),
    ),
  ];
  const fields = Object.entries(rest)
    .filter(([name, value]) => !isEmpty(name as keyof Content, value))
    .map(([name, value]) => `${name}: ${JSON.stringify(value, null, 2)}`);
  return [...texts, ...(fields.length > 0 ? [fields.join('\n')] : [])].join('\n\n');
}

function section(name: string, text: string): string {
  return `# ${name}\n${text}`;
}

function isEmpty(name: keyof Content, value: unknown): boolean {
  return JSON.stringify(value) === JSON.stringify(emptyContent[name]);
}
