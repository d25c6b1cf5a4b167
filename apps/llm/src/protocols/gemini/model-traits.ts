import type { ModelSettings } from '@antiphon/contracts';

type ReasoningEffort = NonNullable<ModelSettings['reasoningEffort']>;

/** The part of `thinkingConfig` that sets how much a model thinks. */
export type ThinkingAmount = { thinkingBudget: number } | { thinkingLevel: string };

/** What a model accepts, by its name: this API refuses a request with a setting that its model does not have. */
export interface ModelTraits {
  /** The amount for each effort; null for models without a setting for it. */
  thinking: Record<ReasoningEffort, ThinkingAmount> | null;
  /** The model signs its answers, and refuses a history whose calls have no signature. */
  signsAnswers: boolean;
  /** A tool's output may hold images and documents. */
  takesMediaOutputs: boolean;
  /** JSON may be demanded where tools are offered. */
  takesJsonWithTools: boolean;
  takesPenalties: boolean;
  takesSystemInstruction: boolean;
}

/** Gemini from version 3, and names without a version such as `gemini-flash-latest`. */
const current: ModelTraits = {
  thinking: levels({ least: 'MINIMAL', medium: 'MEDIUM' }),
  signsAnswers: true,
  takesMediaOutputs: true,
  takesJsonWithTools: true,
  takesPenalties: true,
  takesSystemInstruction: true,
};

const earlier: ModelTraits = {
  thinking: null,
  signsAnswers: false,
  takesMediaOutputs: false,
  takesJsonWithTools: false,
  takesPenalties: true,
  takesSystemInstruction: true,
};

/** The traits of a model by its name, which may be a path. Unknown names are treated as early models: they get plain requests. */
export function traitsOf(model: string, { isVertex }: { isVertex: boolean }): ModelTraits {
  const name = model.slice(model.lastIndexOf('/') + 1).toLowerCase();
  if (name.startsWith('gemma-')) return { ...earlier, takesSystemInstruction: false };
  if (!name.startsWith('gemini-')) return earlier;
  const [, major, minor] = /^gemini-(\d+)(?:\.(\d+))?/.exec(name) ?? [];
  const version = major === undefined ? Infinity : Number(`${major}.${minor ?? 0}`);
  if (version < 2.5 || name === 'gemini-pro' || name === 'gemini-pro-vision') return earlier;
  const isPro = name.includes('pro');
  // Models that make images or speech have no settings of thinking.
  const isMedia = /-(image|tts|audio|live)\b/.test(name);
  if (version < 3)
    // Google AI: "Penalty is not enabled for this model".
    return { ...earlier, thinking: isMedia ? null : budgets({ isPro }), takesPenalties: isVertex };
  if (isMedia) return { ...current, thinking: null };
  if (!isPro) return current;
  return { ...current, thinking: levels({ least: 'LOW', medium: version > 3 ? 'MEDIUM' : 'HIGH' }) };
}

/** The levels of Gemini 3, which always thinks. The Pro models lack the lowest level, and the first one the middle. */
function levels({ least, medium }: { least: string; medium: string }): ModelTraits['thinking'] {
  const level = (thinkingLevel: string): ThinkingAmount => ({ thinkingLevel });
  return {
    none: level(least),
    minimal: level(least),
    low: level('LOW'),
    medium: level(medium),
    high: level('HIGH'),
    xhigh: level('HIGH'),
    max: level('HIGH'),
  };
}

/** Tokens of Gemini 2.5, as Google's own chat completions translate efforts. Its Pro model always thinks: 128 are its least. */
function budgets({ isPro }: { isPro: boolean }): ModelTraits['thinking'] {
  const budget = (thinkingBudget: number): ThinkingAmount => ({ thinkingBudget });
  const most = isPro ? 32_768 : 24_576;
  return {
    none: budget(isPro ? 128 : 0),
    minimal: budget(1_024),
    low: budget(1_024),
    medium: budget(8_192),
    high: budget(24_576),
    xhigh: budget(most),
    max: budget(most),
  };
}
