import { createHash } from 'node:crypto';
import type { HostedKind, JsonObject, ModelSettings } from '@antiphon/contracts';
import type { ProviderRequest } from '../../providers/provider.ts';
import { type ClaudeFacts, claudeFacts, maxTokensOf } from '../claude/claude-models.ts';
import { planThinking } from '../claude/thinking-plan.ts';
import { lacksThoughts, toTurns } from '../turns/turns.ts';
import { markCache } from './cache-marks.ts';
import type { NativeTool } from './native-tools.ts';
import { isThoughtBlock, toMessages } from './request-blocks.ts';
import { isForced, planFormat, toToolFields } from './request-tools.ts';
import type { MessagesBody } from './wire.ts';

export interface MessagesTarget {
  /** The account whose thoughts and call ids are sent back. */
  account: string;
  isStreamed: boolean;
  /** What the catalogue knows of the model; null for nothing. */
  outputTokensMax: number | null;
  /** The hosted tools that the API runs itself. Left out: none. */
  native?: ReadonlyMap<HostedKind, NativeTool>;
}

export interface MessagesCall {
  body: MessagesBody;
  /** Beside the version. */
  headers: Record<string, string>;
}

/** Needed for `thinking.block_binding`. */
const bindingBeta = 'thinking-binding-controls-2026-08-01';

/**
 * A model turn as a request of Anthropic's Messages API. Settings that the model refuses are left out where they only tune the answer
 * (sampling, penalties); what changes its meaning throws `model_refused` with its path.
 */
export function toMessagesCall(request: ProviderRequest, target: MessagesTarget): MessagesCall {
  const { settings } = request;
  const facts = claudeFacts(request.model);
  const canThink = facts.thinking !== 'none';
  const { system, turns } = toTurns(request, target.account, (detail) => canThink && isThoughtBlock(detail));
  const maxTokens = maxTokensOf(settings.maxOutputTokens, facts, target.outputTokensMax);
  const plan = planThinking({
    settings,
    facts,
    maxTokens,
    isForced: isForced(request, target.native),
    lacksThoughts: lacksThoughts(turns),
    hasThoughts: turns.some(({ parts }) => parts.some(({ kind }) => kind === 'thought')),
  });
  const { format, instruction } = planFormat(settings.textFormat, facts);
  const texts = instruction === null ? system : [...system, instruction];
  const body: MessagesBody = {
    model: request.model,
    max_tokens: maxTokens,
    ...(texts.length > 0 && { system: texts.map((text) => ({ type: 'text', text })) }),
    messages: toMessages(turns),
    ...toToolFields(request, turns, facts, target.native ?? new Map()),
    stream: target.isStreamed,
    ...(plan.thinking !== null && { thinking: plan.thinking }),
    ...((plan.effort !== null || format !== null) && {
      output_config: {
        ...(plan.effort !== null && { effort: plan.effort }),
        ...(format !== null && { format }),
      },
    }),
    ...(plan.isOn ? {} : samplingOf(settings, request.chatFields, facts)),
    ...stopOf(request.chatFields),
    ...tierOf(settings.serviceTier),
    ...userOf(settings),
  };
  markCache(body, settings.promptCacheRetention);
  const needsBinding = plan.thinking?.block_binding !== undefined;
  return { body, headers: needsBinding ? { 'anthropic-beta': bindingBeta } : {} };
}

function samplingOf(
  { temperature, topP }: ModelSettings,
  { top_k: topK }: JsonObject,
  { sampling }: ClaudeFacts,
): Pick<MessagesBody, 'temperature' | 'top_p' | 'top_k'> {
  if (sampling === 'none') return {};
  const hasBoth = temperature !== null && topP !== null && sampling === 'both';
  return {
    // The range ends at 1 here.
    ...(temperature !== null && { temperature: Math.min(1, temperature) }),
    ...(topP !== null && (temperature === null || hasBoth) && { top_p: topP }),
    ...(typeof topK === 'number' && { top_k: topK }),
  };
}

/** Sequences of white space alone are refused. */
function stopOf({ stop }: JsonObject): Pick<MessagesBody, 'stop_sequences'> {
  const all: unknown[] = Array.isArray(stop) ? stop : [stop];
  const sequences = all.filter((text): text is string => typeof text === 'string' && text.trim() !== '');
  return sequences.length > 0 ? { stop_sequences: sequences } : {};
}

/** `auto` uses the account's priority capacity where it has some. */
function tierOf(tier: string | undefined): Pick<MessagesBody, 'service_tier'> {
  if (tier === 'auto' || tier === 'priority') return { service_tier: 'auto' };
  return tier === 'default' || tier === 'standard_only' ? { service_tier: 'standard_only' } : {};
}

/** The end user, as a digest: the API refuses names, addresses and phone numbers. */
function userOf({ safetyIdentifier, user }: ModelSettings): Pick<MessagesBody, 'metadata'> {
  const name = safetyIdentifier ?? user;
  if (name === undefined || name === '') return {};
  return { metadata: { user_id: createHash('sha256').update(name).digest('hex') } };
}
