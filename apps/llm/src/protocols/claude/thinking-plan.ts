import type { ModelSettings } from '@antiphon/contracts';
import type { ClaudeFacts } from './claude-models.ts';

type Effort = NonNullable<ModelSettings['reasoningEffort']>;

/** The `thinking` of a request. A binding may stand alone: it leaves the model's default as it is. */
export interface ThinkingField {
  type?: 'enabled' | 'adaptive' | 'disabled' | 'between_tools';
  budget_tokens?: number;
  /** Newer models send empty thoughts unless a summary is requested. */
  display?: 'summarized';
  block_binding?: { prefix_mismatch_behavior: 'drop_block' };
}

export interface ThinkingPlan {
  /** Null: the model's default. */
  thinking: ThinkingField | null;
  effort: 'low' | 'medium' | 'high' | 'xhigh' | 'max' | null;
  /** Whether the request asks for thoughts: such requests accept no sampling settings. */
  isOn: boolean;
}

export interface ThinkingWish {
  settings: Pick<ModelSettings, 'reasoningEffort' | 'reasoningSummary'>;
  facts: ClaudeFacts;
  maxTokens: number;
  /** Whether the tool choice forces a call. */
  isForced: boolean;
  /** Whether the open tool loop lacks its thoughts: a model with a budget refuses to think on then. */
  lacksThoughts: boolean;
  /** Whether the request has thoughts of earlier turns. */
  hasThoughts: boolean;
}

/** The API's smallest budget. */
const budgetMin = 1_024;
/** The share of `max_tokens` that is left for the answer. */
const answerShare = 0.25;

const budgets: Record<Exclude<Effort, 'none'>, number> = {
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 24_576,
  xhigh: 32_768,
  max: 49_152,
};

/** The fields of a request for a reasoning effort, as the model accepts them. */
export function planThinking(wish: ThinkingWish): ThinkingPlan {
  const plan = planOf(wish);
  // Without this, a changed instruction or a shortened context makes the API refuse the thoughts behind it.
  const binds = wish.facts.bindsThoughts && wish.hasThoughts && plan.thinking?.type !== 'between_tools';
  if (!binds) return plan;
  return {
    ...plan,
    thinking: { ...plan.thinking, block_binding: { prefix_mismatch_behavior: 'drop_block' } },
  };
}

function planOf(wish: ThinkingWish): ThinkingPlan {
  const { settings, facts } = wish;
  const effort = settings.reasoningEffort;
  if (effort === 'none') return withoutThinking(facts);
  if (facts.thinking === 'adaptive') {
    if (effort === null && settings.reasoningSummary === undefined) return untouched;
    return {
      thinking: { type: 'adaptive', display: 'summarized' },
      effort: effort === null ? null : adaptiveEffort(effort, facts),
      isOn: true,
    };
  }
  const canThink = facts.thinking === 'budget' && !wish.isForced && !wish.lacksThoughts;
  if (effort === null || !canThink) return untouched;
  const budget = Math.min(budgets[effort], Math.floor(wish.maxTokens * (1 - answerShare)));
  if (budget < budgetMin) return untouched;
  return { thinking: { type: 'enabled', budget_tokens: budget }, effort: null, isOn: true };
}

const untouched: ThinkingPlan = { thinking: null, effort: null, isOn: false };

function withoutThinking(facts: ClaudeFacts): ThinkingPlan {
  if (facts.thinksBetweenTools) return { thinking: { type: 'between_tools' }, effort: 'low', isOn: true };
  if (facts.thinkingOff === 'never') return { thinking: null, effort: 'low', isOn: false };
  if (facts.thinking === 'none') return untouched;
  return { thinking: { type: 'disabled' }, effort: null, isOn: false };
}

function adaptiveEffort(effort: Exclude<Effort, 'none'>, facts: ClaudeFacts): ThinkingPlan['effort'] {
  if (effort === 'minimal') return 'low';
  return effort === 'xhigh' && !facts.hasXhighEffort ? 'high' : effort;
}
