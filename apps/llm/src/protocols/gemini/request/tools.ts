import { AppError, type HostedKind, type JsonObject } from '@antiphon/contracts';
import type { ProviderRequest } from '../../../providers/provider.ts';
import { toInlinedSchema } from '../../requests/inlined-schema.ts';
import type { NativeTool } from './native-tools.ts';

export interface FunctionDeclaration {
  name: string;
  description?: string;
  parametersJsonSchema?: JsonObject;
}

export interface ToolFields {
  tools?: ({ functionDeclarations: FunctionDeclaration[] } | NativeTool)[];
  toolConfig?: { functionCallingConfig: { mode: 'ANY' | 'NONE'; allowedFunctionNames?: string[] } };
}

/** The offered tools in their order, and how the model must use them. */
export function toolFields(
  { tools, toolChoice }: Pick<ProviderRequest, 'tools' | 'toolChoice'>,
  native: ReadonlyMap<HostedKind, NativeTool> = new Map(),
): ToolFields {
  if (tools.length === 0) return native.size === 0 ? {} : { tools: [...native.values()] };
  const functionDeclarations = tools.map((tool, place): FunctionDeclaration => ({
    name: geminiName(tool.name),
    ...(tool.description && { description: tool.description }),
    ...(tool.parameters !== null && {
      parametersJsonSchema: parametersOf(tool.parameters, `tools[${place}].parameters`),
    }),
  }));
  return { tools: [{ functionDeclarations }], ...toolConfig(toolChoice) };
}

function toolConfig(choice: ProviderRequest['toolChoice']): Pick<ToolFields, 'toolConfig'> {
  if (choice === 'auto') return {};
  if (choice === 'none') return { toolConfig: { functionCallingConfig: { mode: 'NONE' } } };
  const allowed = choice === 'required' ? {} : { allowedFunctionNames: [geminiName(choice.name)] };
  return { toolConfig: { functionCallingConfig: { mode: 'ANY', ...allowed } } };
}

/** The parameters must be an object. */
function parametersOf(schema: JsonObject, path: string): JsonObject {
  const translated = toInlinedSchema(schema, path, { keepsRecursion: true });
  const { type = 'object' } = translated;
  if (type !== 'object')
    throw new AppError('model_refused', `${path}.type must be object`, { param: `${path}.type` });
  return { ...translated, type };
}

/** The API's names begin with a letter or an underscore; others get an underscore in front. */
export function geminiName(name: string): string {
  return /^[a-z_]/i.test(name) ? name : `_${name}`;
}

/** The names of tools by the API's names for them. */
export function toolNames(tools: ProviderRequest['tools']): ReadonlyMap<string, string> {
  return new Map(tools.map(({ name }) => [geminiName(name), name]));
}
