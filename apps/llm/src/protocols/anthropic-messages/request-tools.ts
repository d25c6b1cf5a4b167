import type { OutputConfig, Tool, ToolChoice, ToolUnion } from '@anthropic-ai/sdk/resources/messages';
import type { HostedKind, TextFormat } from '@antiphon/contracts';
import type { ProviderRequest } from '../../providers/provider.ts';
import { type ClaudeFacts, forcedCallError } from '../claude/claude-models.ts';
import { toOutputSchema, toStrictSchema } from '../claude/output-schema.ts';
import { formatInstruction } from '../turns/format-instruction.ts';
import { acceptedName } from '../turns/tool-names.ts';
import { objectSchema } from '../turns/tool-schema.ts';
import type { Turn } from '../turns/turns.ts';
import type { NativeTool } from './native-tools.ts';

/** Strict tools that a request may have. */
const strictToolsMax = 20;

export interface ToolFields {
  tools?: ToolUnion[];
  tool_choice?: ToolChoice;
}

/**
 * The tools of a request, in its order, and how the model must use them. Throws `model_refused` for schemas and choices that the API or the
 * model does not accept.
 */
export function toToolFields(
  request: Pick<ProviderRequest, 'tools' | 'toolChoice' | 'settings'>,
  turns: readonly Turn[],
  facts: ClaudeFacts,
  native: ReadonlyMap<HostedKind, NativeTool>,
): ToolFields {
  const { toolChoice } = request;
  if (request.tools.length + native.size === 0) return calledToolFields(turns);
  if (isForced(request, native) && !facts.forcedCalls) throw forcedCallError();
  let strictLeft = strictToolsMax;
  const functions = request.tools.map((tool, position): Tool => {
    const strict =
      tool.strict === true && facts.outputSchemas && strictLeft > 0 ? toStrictSchema(tool.parameters) : null;
    if (strict !== null) strictLeft--;
    const schema = strict ?? objectSchema(tool.parameters, `tools[${position}].parameters`);
    return {
      name: acceptedName(tool.name),
      ...(tool.description && { description: tool.description }),
      // `objectSchema` and `toStrictSchema` return object schemas.
      input_schema: schema as Tool['input_schema'],
      ...(strict !== null && { strict: true }),
    };
  });
  const tools = [...functions, ...native.values()];
  const isSingle = request.settings.parallelToolCalls === false;
  if (toolChoice === 'none') return { tools, tool_choice: { type: 'none' } };
  const single = isSingle ? { disable_parallel_tool_use: true } : {};
  if (typeof toolChoice !== 'string')
    return { tools, tool_choice: { type: 'tool', name: chosenName(toolChoice.name, native), ...single } };
  if (toolChoice === 'required') return { tools, tool_choice: { type: 'any', ...single } };
  return isSingle ? { tools, tool_choice: { type: 'auto', ...single } } : { tools };
}

function chosenName(name: string, native: ReadonlyMap<HostedKind, NativeTool>): string {
  const own = [...native].find(([kind]) => kind === name)?.[1];
  return own?.name ?? acceptedName(name);
}

/** Whether the choice forces a call. */
export function isForced(
  { tools, toolChoice }: Pick<ProviderRequest, 'tools' | 'toolChoice'>,
  native: ReadonlyMap<HostedKind, NativeTool> = new Map(),
): boolean {
  return tools.length + native.size > 0 && toolChoice !== 'auto' && toolChoice !== 'none';
}

/** A history with calls needs tools, also where the request offers none. */
function calledToolFields(turns: readonly Turn[]): ToolFields {
  const names = new Set(
    turns.flatMap(({ parts }) => parts.flatMap((part) => (part.kind === 'call' ? [part.name] : []))),
  );
  if (names.size === 0) return {};
  const tools = [...names].map((name): Tool => ({ name, input_schema: { type: 'object', properties: {} } }));
  return { tools, tool_choice: { type: 'none' } };
}

export interface FormatPlan {
  /** Null: the instruction describes it. */
  format: NonNullable<OutputConfig['format']> | null;
  /** A sentence for the system message; null where the format needs none. */
  instruction: string | null;
}

/**
 * The form of the answer: by the API's own schemas where the model has them and the schema fits into their subset, else by an
 * instruction. The engine checks the answer against the caller's schema in both cases.
 */
export function planFormat(format: TextFormat, facts: ClaudeFacts): FormatPlan {
  const schema = format.type === 'json_schema' && facts.outputSchemas ? toOutputSchema(format.schema) : null;
  if (schema !== null) return { format: { type: 'json_schema', schema }, instruction: null };
  return { format: null, instruction: formatInstruction(format) };
}
