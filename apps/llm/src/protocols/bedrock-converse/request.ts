import type { JsonObject, TextFormat } from '@antiphon/contracts';
import type { ProviderRequest } from '../../providers/provider.ts';
import { type ClaudeFacts, claudeFacts, forcedCallError, maxTokensOf } from '../claude/claude-models.ts';
import { toOutputSchema, toStrictSchema } from '../claude/output-schema.ts';
import { planThinking, type ThinkingPlan } from '../claude/thinking-plan.ts';
import { formatInstruction } from '../turns/format-instruction.ts';
import { acceptedName } from '../turns/tool-names.ts';
import { objectSchema, withoutReferences } from '../turns/tool-schema.ts';
import { lacksThoughts, toTurns, withCallsAsText } from '../turns/turns.ts';
import { addCachePoints } from './cache-points.ts';
import { familyOf, type ModelFamily } from './model-family.ts';
import { isReasoningContent, toConverseMessages } from './request-blocks.ts';
import type { ConverseBody, ToolConfig, ToolSpec } from './wire.ts';

export interface ConverseTarget {
  /** The account whose thoughts and call ids are sent back. */
  account: string;
  /** What the catalogue knows of the model; null for nothing. */
  outputTokensMax: number | null;
}

/**
 * A model turn as a request of Bedrock's Converse API. What is peculiar to a family of models goes into `additionalModelRequestFields`. Settings
 * that only tune the answer are left out where the model refuses them; what changes its meaning throws `model_refused` with its path.
 */
export function toConverseBody(request: ProviderRequest, target: ConverseTarget): ConverseBody {
  const { settings } = request;
  const family = familyOf(request.model);
  const facts = family.name === 'claude' ? claudeFacts(request.model) : null;
  const canThink = facts !== null && facts.thinking !== 'none';
  const history = toTurns(request, target.account, (detail) => canThink && isReasoningContent(detail));
  // There is no choice "none", and a history with calls needs tools.
  const hasTools = request.tools.length > 0 && request.toolChoice !== 'none';
  const turns = hasTools ? history.turns : withCallsAsText(history.turns);
  const maxTokens = facts && maxTokensOf(settings.maxOutputTokens, facts, target.outputTokensMax);
  const isForced = hasTools && request.toolChoice !== 'auto';
  if (isForced && facts?.forcedCalls === false) throw forcedCallError();
  const plan: ThinkingPlan | null =
    facts &&
    planThinking({
      settings,
      facts,
      maxTokens: maxTokens ?? facts.outputDefault,
      isForced,
      lacksThoughts: lacksThoughts(turns),
      // Bedrock does not know the binding of thoughts.
      hasThoughts: false,
    });
  const format = planFormat(settings.textFormat, family);
  const system = format.instruction === null ? history.system : [...history.system, format.instruction];
  const fields = { ...reasoningFields(request, family, plan), ...singleCallField(request, family, hasTools) };
  const inference = inferenceOf(request, { facts, plan, maxTokens });
  const body: ConverseBody = {
    ...(system.length > 0 && { system: system.map((text) => ({ text })) }),
    messages: toConverseMessages(turns, family),
    ...(hasTools && { toolConfig: toToolConfig(request, family, 'tool_choice' in fields) }),
    ...(Object.keys(inference).length > 0 && { inferenceConfig: inference }),
    ...(format.config !== null && { outputConfig: format.config }),
    ...(Object.keys(fields).length > 0 && { additionalModelRequestFields: fields }),
    ...tierOf(settings.serviceTier),
  };
  addCachePoints(body, family);
  return body;
}

function inferenceOf(
  { settings, chatFields: { stop } }: ProviderRequest,
  {
    facts,
    plan,
    maxTokens,
  }: { facts: ClaudeFacts | null; plan: ThinkingPlan | null; maxTokens: number | null },
): NonNullable<ConverseBody['inferenceConfig']> {
  const sampling = plan?.isOn === true ? 'none' : (facts?.sampling ?? 'both');
  const { temperature, topP } = settings;
  const sequences = (Array.isArray(stop) ? stop : [stop]).filter(
    (text): text is string => typeof text === 'string' && text.trim() !== '',
  );
  // A budget for thoughts must be less than the limit.
  const needsLimit = settings.maxOutputTokens !== null || plan?.thinking?.budget_tokens !== undefined;
  const limit = maxTokens ?? settings.maxOutputTokens;
  return {
    ...(needsLimit && limit !== null && { maxTokens: limit }),
    // The range ends at 1 here.
    ...(temperature !== null && sampling !== 'none' && { temperature: Math.min(1, temperature) }),
    ...(topP !== null && sampling !== 'none' && (sampling === 'both' || temperature === null) && { topP }),
    ...(sequences.length > 0 && { stopSequences: sequences }),
  };
}

/** The reasoning effort in the words of each family. */
function reasoningFields(
  { model, settings: { reasoningEffort: effort } }: ProviderRequest,
  family: ModelFamily,
  plan: ThinkingPlan | null,
): JsonObject {
  if (plan !== null)
    return {
      ...(plan.thinking !== null && { thinking: { ...plan.thinking } }),
      ...(plan.effort !== null && { output_config: { effort: plan.effort } }),
    };
  if (effort === null) return {};
  const level = effort === 'minimal' ? 'low' : effort === 'low' || effort === 'medium' ? effort : 'high';
  if (family.name === 'gpt_oss' && effort !== 'none') return { reasoning_effort: level };
  if (family.name !== 'nova' || !/nova-2/.test(model)) return {};
  return {
    reasoningConfig:
      effort === 'none' ? { type: 'disabled' } : { type: 'enabled', maxReasoningEffort: level },
  };
}

/** Claude's own field for one call at a time, which replaces the choice of the common fields. */
function singleCallField(
  { toolChoice, settings }: ProviderRequest,
  family: ModelFamily,
  hasTools: boolean,
): JsonObject {
  if (family.name !== 'claude' || !hasTools || settings.parallelToolCalls !== false) return {};
  const single = { disable_parallel_tool_use: true };
  if (typeof toolChoice !== 'string')
    return { tool_choice: { type: 'tool', name: acceptedName(toolChoice.name), ...single } };
  return { tool_choice: { type: toolChoice === 'required' ? 'any' : 'auto', ...single } };
}

function toToolConfig(
  { tools, toolChoice }: ProviderRequest,
  family: ModelFamily,
  hasOwnChoice: boolean,
): ToolConfig {
  const specs = tools.map((tool, position): ToolSpec => {
    const path = `tools[${position}].parameters`;
    const strict = tool.strict === true && family.strictTools ? toStrictSchema(tool.parameters) : null;
    const schema = strict ?? objectSchema(tool.parameters, path);
    return {
      toolSpec: {
        name: acceptedName(tool.name),
        ...(tool.description && { description: tool.description }),
        inputSchema: { json: family.plainToolSchemas ? plainSchema(schema, path) : schema },
        ...(strict !== null && { strict: true }),
      },
    };
  });
  if (hasOwnChoice || toolChoice === 'auto' || toolChoice === 'none') return { tools: specs };
  return {
    tools: specs,
    toolChoice:
      typeof toolChoice === 'string' ? { any: {} } : { tool: { name: acceptedName(toolChoice.name) } },
  };
}

function plainSchema(schema: JsonObject, path: string): JsonObject {
  const { properties = {}, required } = withoutReferences(schema, path);
  return { type: 'object', properties, ...(required !== undefined && { required }) };
}

/** The form of the answer: by a schema where the model keeps it, else by an instruction. The engine checks the answer in both cases. */
function planFormat(
  format: TextFormat,
  family: ModelFamily,
): { config: ConverseBody['outputConfig'] | null; instruction: string | null } {
  const schema = format.type === 'json_schema' && family.outputSchemas ? toOutputSchema(format.schema) : null;
  if (format.type !== 'json_schema' || schema === null)
    return { config: null, instruction: formatInstruction(format) };
  const { name, description } = format;
  const jsonSchema = { schema: JSON.stringify(schema), name, ...(description && { description }) };
  return { config: { textFormat: { type: 'json_schema', structure: { jsonSchema } } }, instruction: null };
}

const tiers = new Set(['default', 'priority', 'flex', 'reserved']);

function tierOf(tier: string | undefined): Pick<ConverseBody, 'serviceTier'> {
  return tier !== undefined && tiers.has(tier) ? { serviceTier: { type: tier } } : {};
}
