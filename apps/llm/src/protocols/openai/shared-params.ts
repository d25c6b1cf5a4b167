import type { ModelSettings } from '@antiphon/contracts';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';

type SharedParams = Pick<
  ChatCompletionCreateParamsStreaming,
  'user' | 'safety_identifier' | 'prompt_cache_key' | 'prompt_cache_retention' | 'service_tier'
>;

/** The fields for which chat completions and the Responses API have the same names, where the caller set them. */
export function sharedParams(settings: ModelSettings): SharedParams {
  const params: SharedParams = {};
  if (settings.user !== undefined) params.user = settings.user;
  if (settings.safetyIdentifier !== undefined) params.safety_identifier = settings.safetyIdentifier;
  if (settings.promptCacheKey !== undefined) params.prompt_cache_key = settings.promptCacheKey;
  // Providers accept more values than the client library declares.
  if (settings.promptCacheRetention !== undefined)
    params.prompt_cache_retention = settings.promptCacheRetention as 'in_memory' | '24h';
  if (settings.serviceTier !== undefined) params.service_tier = settings.serviceTier as 'auto' | 'flex';
  return params;
}
