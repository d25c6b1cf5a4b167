import {
  newId,
  type CreateResponse,
  type IdKind,
  type ModelSettings,
  type PromptUse,
  type TextFormat,
  missing,
  quote,
  read,
  refusal,
} from '@antiphon/contracts';
import type { DecodedCreate, DecodedRetrieve, PromptRequest } from '../dialect.ts';
import { addedByInput } from './items/added-tools.ts';
import { decodeInput, splitTrigger } from './items/decode-input.ts';
import { CreateRequest, includedIn, JsonSchemaFormat, NamesPrompt, RetrieveQuery, Typed } from './schema.ts';
import { decodeTools } from './tools/tools.ts';

/**
 * The create request in the neutral model. `makeId` makes the ids of input items that have none; `needsInput` demands
 * an input.
 */
export function decodeCreate(
  body: unknown,
  makeId: (kind: IdKind) => string = newId,
  { needsInput = true } = {},
): DecodedCreate {
  const wire = read(CreateRequest, body);
  const background = wire.background ?? false;
  const stored = wire.store ?? true;
  if (background && !stored) throw refusal(['store'], 'is false, but background mode requires store=true');
  if (wire.on_approval === 'wait' && !background)
    throw refusal(['on_approval'], 'is "wait", which requires background=true');
  if (wire.conversation && wire.previous_response_id) {
    throw refusal(['conversation'], 'cannot be given together with previous_response_id; send one of them');
  }
  const goesOn = !needsInput || Boolean(wire.conversation || wire.previous_response_id || wire.prompt);
  if ((wire.input ?? null) === null && !goesOn)
    throw missing(['input'], 'send the text or the items to answer');
  const { input: sent, compacts } = splitTrigger(wire.input);
  const input = decodeInput(sent ?? [], { mayBeEmpty: goesOn, makeId });
  const request: CreateResponse = {
    dialect: 'openai',
    model: wire.model,
    input,
    instructions: wire.instructions ?? null,
    ...decodeTools(wire.tools ?? [], wire.tool_choice, addedByInput(sent, input)),
    settings: decodeSettings(wire),
    keepsContext: wire.truncation !== 'auto',
    ...(wire.include?.includes('reasoning.encrypted_content') && { sealsReasoning: true }),
    ...(compacts && { compacts }),
    ...(wire.include?.length && { include: wire.include }),
    ...(wire.max_tool_calls && { toolCallsMax: wire.max_tool_calls }),
    ...(wire.prompt && { prompt: decodePrompt(wire.prompt) }),
    depthMax: null,
    onPause: wire.on_approval === 'wait' ? 'stay' : 'hand_back',
    metadata: wire.metadata ?? {},
    webhookUrl: null,
    conversationId:
      typeof wire.conversation === 'object' ? (wire.conversation?.id ?? null) : (wire.conversation ?? null),
    previousResponseId: wire.previous_response_id ?? null,
    background,
    stored,
  };
  return { request, reply: wire.stream ? 'stream' : 'json' };
}

/** The query of a retrieve. `starting_after` is the number of the last event that the reader has. */
export function decodeRetrieve(query: unknown): DecodedRetrieve {
  const wire = read(RetrieveQuery, query);
  const { stream, starting_after: startingAfter } = wire;
  const include = includedIn(wire);
  if (stream !== 'true') return { reply: 'json', ...(include.length > 0 && { include }) };
  return { reply: 'stream', startingAfter: startingAfter === undefined ? -1 : Number(startingAfter) };
}

export function readPrompt(body: unknown): PromptRequest | null {
  const { prompt } = read(NamesPrompt, body);
  if (!prompt) return null;
  return {
    id: prompt.id,
    version: prompt.version ? Number(prompt.version) : null,
    variables: prompt.variables ?? {},
  };
}

/** The prompt of a body, with the version that was used. */
function decodePrompt({ id, version, variables }: NonNullable<CreateRequest['prompt']>): PromptUse {
  return { id, version: String(version ?? ''), variables: variables ?? {} };
}

function decodeSettings(wire: CreateRequest): ModelSettings {
  const summary = decodeSummary(wire.reasoning);
  const topLogprobs = decodeTopLogprobs(wire);
  return {
    temperature: wire.temperature ?? null,
    topP: wire.top_p ?? null,
    presencePenalty: wire.presence_penalty ?? null,
    frequencyPenalty: wire.frequency_penalty ?? null,
    maxOutputTokens: wire.max_output_tokens ?? wire.max_tokens ?? null,
    parallelToolCalls: wire.parallel_tool_calls ?? null,
    reasoningEffort: decodeEffort(wire.reasoning),
    textFormat: decodeFormat(wire.text?.format),
    ...(summary && { reasoningSummary: summary }),
    ...(wire.text?.verbosity && { verbosity: wire.text.verbosity }),
    ...(topLogprobs !== null && { topLogprobs }),
    ...(wire.user && { user: wire.user }),
    ...(wire.safety_identifier && { safetyIdentifier: wire.safety_identifier }),
    ...(wire.prompt_cache_key && { promptCacheKey: wire.prompt_cache_key }),
    ...(wire.prompt_cache_retention && { promptCacheRetention: wire.prompt_cache_retention }),
    // The default of every provider is left out, since some providers refuse the field.
    ...(wire.service_tier && wire.service_tier !== 'auto' && { serviceTier: wire.service_tier }),
  };
}

function decodeEffort(reasoning: CreateRequest['reasoning']): ModelSettings['reasoningEffort'] {
  if (typeof reasoning === 'boolean') return reasoning ? 'medium' : null;
  return reasoning?.effort ?? null;
}

function decodeSummary(reasoning: CreateRequest['reasoning']): ModelSettings['reasoningSummary'] | null {
  if (typeof reasoning === 'boolean') return reasoning ? 'auto' : null;
  return reasoning?.summary ?? reasoning?.generate_summary ?? null;
}

function decodeTopLogprobs({ top_logprobs: count, include }: CreateRequest): number | null {
  const isAsked = include?.includes('message.output_text.logprobs') ?? false;
  return count ?? (isAsked ? 0 : null);
}

function decodeFormat(format: unknown): TextFormat {
  if (format === undefined || format === null) return { type: 'text' };
  const path = ['text', 'format'];
  const { type } = read(Typed, format, path);
  switch (type) {
    case 'text':
    case 'json_object':
      return { type };
    case 'json_schema': {
      const { name, description, schema, strict } = read(JsonSchemaFormat, format, path);
      return { type, name, description: description ?? null, schema, strict: strict ?? null };
    }
    default:
      throw refusal([...path, 'type'], `must be "text", "json_object" or "json_schema", got ${quote(type)}`);
  }
}
