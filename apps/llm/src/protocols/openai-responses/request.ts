import { AppError, type Grammar, type HostedKind, type JsonObject } from '@antiphon/contracts';
import type {
  ResponseCreateParamsBase,
  ResponseIncludable,
  ToolChoiceTypes,
} from 'openai/resources/responses/responses';
import { sharedParams } from '../openai/shared-params.ts';
import type { ProviderRequest } from '../../providers/provider.ts';
import type { DroppableField, ModelQuirks } from '../quirks/provider-quirks.ts';
import { completeSchema, toolParameters } from '../requests/complete-schema.ts';
import { type InputItem, toInputItems } from './input-items.ts';
import { nativeIncludes, type NativeTool } from './native-tools.ts';

/** The body of a request, with values that the client library does not declare. */
export type ResponsesParams = Partial<
  Omit<ResponseCreateParamsBase, 'model' | 'input' | 'stream' | 'reasoning' | 'tools' | 'text'>
> & {
  model: string;
  input: InputItem[];
  stream: boolean;
  reasoning?: { effort?: string; summary?: string };
  text?: JsonObject;
  tools?: RequestTool[];
  presence_penalty?: number;
  frequency_penalty?: number;
};

type RequestTool = FunctionTool | CustomTool | NativeTool;

interface CustomTool {
  type: 'custom';
  name: string;
  description?: string;
  format?: { type: 'grammar' } & Grammar;
}

interface FunctionTool {
  type: 'function';
  name: string;
  description?: string;
  parameters: JsonObject;
  strict?: boolean;
}

export interface RequestTarget {
  /** The account that thoughts and call ids belong to. */
  account: string;
  quirks: ModelQuirks;
  isStreamed: boolean;
  /** Whether the model reasons. */
  isReasoning: boolean;
  /** The hosted tools that the provider runs itself. Left out: none. */
  native?: ReadonlyMap<HostedKind, NativeTool>;
}

/** Fields of chat completions that change what an answer holds. This API has none of them. */
const inexpressible = ['stop', 'logit_bias'];

/**
 * Converts a model turn to a request that the provider does not store: thoughts come encrypted, to be sent back with the next turn. Besides,
 * only fields that the caller set are sent. Fields that direct the sampling are left out for a model that reasons, which refuses them. Throws
 * `model_refused` for what this API cannot express.
 */
export function toResponsesParams(request: ProviderRequest, target: RequestTarget): ResponsesParams {
  const { settings, chatFields } = request;
  for (const field of inexpressible) if (field in chatFields) throw inexpressibleError(field);
  const params: ResponsesParams = {
    model: request.model,
    ...(request.instructions && { instructions: request.instructions }),
    input: toInputItems(request.items, target),
    stream: target.isStreamed,
    store: false,
    // Another default would leave out the beginning of the context silently.
    truncation: 'disabled',
    ...passedOn(chatFields),
  };
  if (settings.maxOutputTokens !== null) params.max_output_tokens = settings.maxOutputTokens;
  Object.assign(params, sharedParams(settings));
  const include: ResponseIncludable[] = target.isReasoning ? ['reasoning.encrypted_content'] : [];
  if (takesSampling(settings.reasoningEffort, target)) {
    addSampling(params, settings, target.quirks);
    if (params.top_logprobs !== undefined) include.push('message.output_text.logprobs');
  }
  include.push(...nativeIncludes(target.native?.keys() ?? []));
  if (include.length > 0) params.include = include;
  addReasoning(params, settings, target);
  addText(params, request, target.quirks);
  addTools(params, request, target);
  for (const field of target.quirks.drop_fields)
    if (!isNested(field)) delete params[field as keyof ResponsesParams];
  return params;
}

function inexpressibleError(field: string): AppError {
  return new AppError(
    'model_refused',
    `This model is asked by the Responses API, which has no \`${field}\``,
    {
      param: field,
    },
  );
}

/** The fields of a chat completion that have the same name here. The others direct the sampling, and are left out. */
function passedOn({
  user,
  safety_identifier: identifier,
  prompt_cache_key: key,
}: JsonObject): Partial<ResponsesParams> {
  return {
    ...(typeof user === 'string' && { user }),
    ...(typeof identifier === 'string' && { safety_identifier: identifier }),
    ...(typeof key === 'string' && { prompt_cache_key: key }),
  };
}

type Settings = ProviderRequest['settings'];

/** A model that can do without reasoning takes them without it. */
function takesSampling(effort: Settings['reasoningEffort'], { isReasoning }: RequestTarget): boolean {
  return !isReasoning || effort === 'none';
}

function addSampling(params: ResponsesParams, settings: Settings, { drop_fields }: ModelQuirks): void {
  if (settings.temperature !== null) params.temperature = settings.temperature;
  if (settings.topP !== null) params.top_p = settings.topP;
  if (settings.presencePenalty !== null) params.presence_penalty = settings.presencePenalty;
  if (settings.frequencyPenalty !== null) params.frequency_penalty = settings.frequencyPenalty;
  if (settings.topLogprobs !== undefined && !drop_fields.includes('top_logprobs'))
    params.top_logprobs = settings.topLogprobs;
}

function addReasoning(
  params: ResponsesParams,
  settings: Settings,
  { quirks, isReasoning }: RequestTarget,
): void {
  const { reasoningEffort: asked } = settings;
  // Clients ask for summaries by default. A model that does not reason refuses the field.
  const summary = isReasoning ? settings.reasoningSummary : undefined;
  // Null: the provider has no word for this effort.
  const effort =
    asked === null || quirks.drop_fields.includes('reasoning_effort') ? null : word(asked, quirks);
  if (effort === null && summary === undefined) return;
  params.reasoning = { ...(effort !== null && { effort }), ...(summary !== undefined && { summary }) };
}

function word(effort: NonNullable<Settings['reasoningEffort']>, { efforts }: ModelQuirks): string | null {
  const named = efforts[effort];
  return named === undefined ? effort : named;
}

function addText(params: ResponsesParams, request: ProviderRequest, quirks: ModelQuirks): void {
  const { textFormat: format } = request.settings;
  const verbosity = request.settings.verbosity ?? request.chatFields['verbosity'];
  const text: JsonObject = {};
  if (format.type === 'json_object') text['format'] = { type: 'json_object' };
  if (format.type === 'json_schema')
    text['format'] = {
      type: 'json_schema',
      name: format.name,
      schema: completeSchema(format.schema),
      ...(format.description && { description: format.description }),
      ...(format.strict !== null && !quirks.drop_fields.includes('strict') && { strict: format.strict }),
    };
  if (verbosity !== undefined && !quirks.drop_fields.includes('verbosity')) text['verbosity'] = verbosity;
  if (Object.keys(text).length > 0) params.text = text;
}

/** The tools that the provider gets as custom tools. */
export function customToolNames(tools: ProviderRequest['tools'], quirks: ModelQuirks): string[] {
  return quirks.custom_tools ? tools.filter(({ custom }) => custom).map(({ name }) => name) : [];
}

function addTools(
  params: ResponsesParams,
  request: ProviderRequest,
  { quirks, native = new Map() }: RequestTarget,
): void {
  const { tools, toolChoice, settings } = request;
  if (tools.length + native.size === 0) return;
  const hasStrict = !quirks.drop_fields.includes('strict');
  const customNames = customToolNames(tools, quirks);
  const functions = tools.map(({ name, description, parameters, strict, custom }): RequestTool => {
    const about = { name, ...(description && { description }) };
    if (customNames.includes(name)) {
      const grammar = custom?.grammar;
      return { type: 'custom', ...about, ...(grammar && { format: { type: 'grammar', ...grammar } }) };
    }
    return {
      type: 'function',
      ...about,
      parameters: toolParameters(parameters),
      // The API's default is strict, which refuses schemas with optional properties.
      ...(hasStrict && { strict: strict ?? false }),
    };
  });
  params.tools = [...functions, ...native.values()];
  if (settings.parallelToolCalls !== null) params.parallel_tool_calls = settings.parallelToolCalls;
  if (toolChoice === 'auto') return;
  if (typeof toolChoice === 'string') params.tool_choice = toolChoice;
  else {
    const { name } = toolChoice;
    const own = [...native].find(([kind]) => kind === name)?.[1];
    if (own)
      params.tool_choice = { type: own.type } as ToolChoiceTypes; // it has the types of these tools
    else params.tool_choice = { type: customNames.includes(name) ? 'custom' : 'function', name };
  }
}

/** Fields within an object of the request, which are left out where the object is made. */
function isNested(field: DroppableField): boolean {
  return field === 'strict' || field === 'verbosity' || field === 'reasoning_effort';
}
