import { AppError } from '@antiphon/contracts';

/** How a request has a model think. `budget`: with a number of tokens. `adaptive`: the model decides, by an effort. */
export type ClaudeThinking = 'none' | 'budget' | 'adaptive';

/** What the requests to a Claude model may have. */
export interface ClaudeFacts {
  /** The largest `max_tokens`; null where it is unknown. */
  outputMax: number | null;
  /** `max_tokens` of a request that sets no limit. Older models refuse a request whose context and `max_tokens` exceed the window. */
  outputDefault: number;
  thinking: ClaudeThinking;
  /** Which efforts thinking can be switched off with: with all, with those up to `high`, or never. */
  thinkingOff: 'always' | 'up_to_high' | 'never';
  /** Whether there is thinking between tool calls only, the least where thinking cannot be switched off. */
  thinksBetweenTools: boolean;
  /** Whether a thought is refused once the context before it has changed, unless the request allows to drop it. */
  bindsThoughts: boolean;
  hasXhighEffort: boolean;
  /** Of temperature and `top_p`. `one`: not both together. */
  sampling: 'both' | 'one' | 'none';
  /** Whether a schema for the answer (`output_config.format`) and strict tools are accepted. */
  outputSchemas: boolean;
  /** Whether a tool choice may force a call. */
  forcedCalls: boolean;
}

const legacy: ClaudeFacts = {
  outputMax: 4_096,
  outputDefault: 4_096,
  thinking: 'none',
  thinkingOff: 'always',
  thinksBetweenTools: false,
  bindsThoughts: false,
  hasXhighEffort: false,
  sampling: 'both',
  outputSchemas: false,
  forcedCalls: true,
};

const claude4: ClaudeFacts = { ...legacy, outputMax: 64_000, outputDefault: 16_384, thinking: 'budget' };
const claude45: ClaudeFacts = { ...claude4, outputDefault: 64_000, sampling: 'one', outputSchemas: true };
const claude46: ClaudeFacts = {
  ...claude45,
  outputMax: 128_000,
  outputDefault: 128_000,
  thinking: 'adaptive',
};
const claude47: ClaudeFacts = { ...claude46, sampling: 'none', hasXhighEffort: true };
const claude5: ClaudeFacts = { ...claude47, thinkingOff: 'up_to_high' };
const alwaysThinking: ClaudeFacts = { ...claude47, thinkingOff: 'never' };
const claude55: ClaudeFacts = { ...alwaysThinking, bindsThoughts: true, forcedCalls: false };

/**
 * By a part of the model's name, the first match holds. Sources: the model table and the pages on thinking, effort and structured outputs of
 * platform.claude.com, and the model catalogue of `@ai-sdk/anthropic`.
 */
const rows: readonly [RegExp, ClaudeFacts][] = [
  [/claude-sonnet-5-5/, { ...claude55, thinksBetweenTools: true }],
  [/claude-(opus-5-5|(fable|mythos)-5-[1-9]\b)/, claude55],
  [/claude-(haiku-5-5|opus-5)/, claude5],
  [/claude-(fable|mythos)/, alwaysThinking],
  [/claude-(opus-4-[78]|sonnet-5)/, claude47],
  [/claude-(opus|sonnet)-4-6/, claude46],
  [/claude-(opus|sonnet|haiku)-4-5/, claude45],
  [/claude-opus-4-1/, { ...claude4, outputMax: 32_000, sampling: 'one', outputSchemas: true }],
  [/claude-opus-4/, { ...claude4, outputMax: 32_000 }],
  [/claude-(sonnet-4|3-7-sonnet)/, claude4],
  [/claude-3-5/, { ...legacy, outputMax: 8_192, outputDefault: 8_192 }],
  [/claude-(3|2|v2|instant)/, legacy],
  // A newer one.
  [/claude-/, { ...claude5, outputMax: null, outputDefault: 64_000 }],
];

/** Another model behind the same API: what such servers have in common. */
const otherModel: ClaudeFacts = { ...claude4, outputMax: null, outputDefault: 8_192 };

/** The facts of a model by its name at any platform: `claude-opus-4-6`, `us.anthropic.claude-sonnet-4-5-20250929-v1:0`. */
export function claudeFacts(model: string): ClaudeFacts {
  const name = model.toLowerCase().replaceAll('.', '-');
  return rows.find(([pattern]) => pattern.test(name))?.[1] ?? otherModel;
}

/** `max_tokens` of a request: the caller's limit, within that of the model. `outputTokensMax` is what the catalogue knows, null for nothing. */
export function maxTokensOf(
  asked: number | null,
  facts: ClaudeFacts,
  outputTokensMax: number | null,
): number {
  const limit = outputTokensMax ?? facts.outputMax;
  const wanted = asked ?? facts.outputDefault;
  return limit === null ? wanted : Math.min(wanted, limit);
}

/** A tool choice that forces a call, for a model that refuses one. */
export function forcedCallError(): AppError {
  return new AppError(
    'model_refused',
    'This model cannot be forced to call a tool; let it choose (tool_choice "auto")',
    { param: 'toolChoice' },
  );
}
