import { AppError, type Caller } from '@antiphon/contracts';
import { dialectNamed } from '@antiphon/dialects';
import { rulesUses, type SchemaChecker, type SchemaUse, wholeUse } from '@antiphon/engine';
import { bodyOf } from './prompt-body.ts';
import { type PromptContent, settingNames, templatesOf } from './prompt-content.ts';
import type { CheckedContent } from '../prompt.ts';
import type { TemplateEngine } from '../templates/template-engine.ts';

/** Placeholders for the fields that a version may leave to the request. */
const anyModel = 'any';
const anyInput = { role: 'user', content: 'any' };

/**
 * Checks that a version can run: its templates, schemas and rules separately, everything else as the create that it becomes. Throws
 * `invalid_request` with the field in `param`.
 */
export async function checkContent(
  caller: Caller,
  content: PromptContent,
  { engine, schemas, contentMax }: { engine: TemplateEngine; schemas: SchemaChecker; contentMax: number },
  gone: AbortSignal,
): Promise<CheckedContent> {
  const size = JSON.stringify(content).length;
  if (size > contentMax)
    throw new AppError('invalid_request', `The prompt must be at most ${contentMax} characters, got ${size}`);
  const uses = schemasOf(content);
  if (uses.length > 0) await schemas.assertUsable(caller, uses, gone);
  checkAsCreate(content);
  const templates = templatesOf(content);
  return { content, variables: await engine.inspect(templates) };
}

/** Throws `invalid_request` for an input schema that is not one of an object. */
function schemasOf({ input_schema, output_schema, validation_rules }: PromptContent): SchemaUse[] {
  if (input_schema && (input_schema.type ?? 'object') !== 'object')
    throw refusal('input_schema.type', 'must be "object": variables have names');
  return [
    ...(input_schema ? [wholeUse(input_schema, 'input_schema')] : []),
    ...(output_schema ? [wholeUse(output_schema, 'output_schema')] : []),
    ...rulesUses(validation_rules),
  ];
}

function checkAsCreate(content: PromptContent): void {
  const body = bodyOf(content);
  const input = [...(Array.isArray(body.input) ? body.input : []), anyInput];
  try {
    dialectNamed('openai').decodeCreate({ model: anyModel, ...body, input }, {});
  } catch (error) {
    throw error instanceof AppError && error.param !== undefined
      ? withPromptField(error, error.param, content)
      : error;
  }
}

/** The error with the prompt's name of the field instead of the create's. */
function withPromptField(
  error: AppError,
  param: string,
  { system_role, system_prompt }: PromptContent,
): AppError {
  const before = system_role === 'developer' && system_prompt !== null ? 1 : 0;
  const name = param
    .replace(/^input\[(\d+)\]/, (_, index) => `messages[${Number(index) - before}]`)
    .replace(/^text\.format/, 'output_schema')
    .replace(/^(\w+)/, (field) => (isSetting(field) ? `settings.${field}` : field));
  const message = error.message.startsWith(param) ? name + error.message.slice(param.length) : error.message;
  const { code, reason, issues, cause } = error;
  return new AppError(code, message, { param: name, reason, issues, cause });
}

function isSetting(field: string): boolean {
  return settingNames.some((name) => name === field);
}

function refusal(param: string, complaint: string): AppError {
  return new AppError('invalid_request', `${param} ${complaint}`, { param });
}
