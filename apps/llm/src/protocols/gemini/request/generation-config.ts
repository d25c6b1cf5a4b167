import type { GenerationConfig } from '@google/genai';
import type { JsonObject, JsonValue } from '@antiphon/contracts';
import type { ProviderRequest } from '../../../providers/provider.ts';
import type { ModelTraits, ThinkingAmount } from '../model-traits.ts';
import { toInlinedSchema } from '../../requests/inlined-schema.ts';

/** The library declares the levels as an enum of its own. */
export type GeminiConfig = Omit<GenerationConfig, 'thinkingConfig'> & {
  thinkingConfig?: Partial<ThinkingAmount> & { includeThoughts?: boolean };
};

/** The settings of a turn. Only what the caller set is sent; `demandsJson`: the answer's format is a setting, not a part of the instructions. */
export function generationConfig(
  { settings, chatFields }: Pick<ProviderRequest, 'settings' | 'chatFields'>,
  traits: ModelTraits,
  demandsJson: boolean,
): GeminiConfig {
  const config: GeminiConfig = {};
  if (settings.temperature !== null) config.temperature = settings.temperature;
  if (settings.topP !== null) config.topP = settings.topP;
  if (settings.maxOutputTokens !== null) config.maxOutputTokens = settings.maxOutputTokens;
  if (traits.takesPenalties && settings.presencePenalty !== null)
    config.presencePenalty = settings.presencePenalty;
  if (traits.takesPenalties && settings.frequencyPenalty !== null)
    config.frequencyPenalty = settings.frequencyPenalty;
  if (settings.topLogprobs !== undefined) {
    config.responseLogprobs = true;
    if (settings.topLogprobs > 0) config.logprobs = settings.topLogprobs;
  }
  addChatFields(config, chatFields);
  addThinking(config, settings, traits);
  if (demandsJson) addFormat(config, settings.textFormat);
  return config;
}

/** The fields of chat completions that this API has as well. */
function addChatFields(config: GeminiConfig, { stop, seed, top_k: topK }: JsonObject): void {
  const sequences = (Array.isArray(stop) ? stop : [stop]).filter(isText);
  if (sequences.length > 0) config.stopSequences = sequences;
  if (typeof seed === 'number') config.seed = seed;
  if (typeof topK === 'number') config.topK = topK;
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value !== '';
}

function addThinking(config: GeminiConfig, settings: ProviderRequest['settings'], traits: ModelTraits): void {
  const { reasoningEffort: effort, reasoningSummary } = settings;
  if (traits.thinking === null || (effort === null && reasoningSummary === undefined)) return;
  config.thinkingConfig = {
    ...(effort !== null && traits.thinking[effort]),
    ...(effort !== 'none' && { includeThoughts: true }),
  };
}

function addFormat(config: GeminiConfig, format: ProviderRequest['settings']['textFormat']): void {
  if (format.type === 'text') return;
  config.responseMimeType = 'application/json';
  if (format.type === 'json_schema')
    config.responseJsonSchema = toInlinedSchema(format.schema, 'settings.textFormat.schema', {
      keepsRecursion: true,
    });
}
