import type { Usage } from '@antiphon/contracts';
import { isObject, type UnknownObject } from '../../providers/json-object.ts';
import { rawUsage } from './raw-usage.ts';

type Field = 'input' | 'output' | 'total' | 'cached' | 'written' | 'reasoning';
type Counts = Record<Field, number>;

/** The providers' names of each count, in the usage or in its details. The first that is not zero is used. */
const names: Record<Field, readonly (readonly [string] | readonly [string, string])[]> = {
  input: [['prompt_tokens'], ['input_tokens']],
  output: [['completion_tokens'], ['output_tokens']],
  total: [['total_tokens']],
  cached: [
    ['prompt_tokens_details', 'cached_tokens'],
    ['input_tokens_details', 'cached_tokens'],
    // Mistral's spelling.
    ['prompt_token_details', 'cached_tokens'],
    ['num_cached_tokens'],
    ['prompt_cache_hit_tokens'],
    ['cached_tokens'],
    ['cache_read_input_tokens'],
  ],
  written: [
    ['prompt_tokens_details', 'cache_write_tokens'],
    ['input_tokens_details', 'cache_write_tokens'],
    // Proxies in front of Anthropic.
    ['prompt_tokens_details', 'cache_creation_tokens'],
    ['cache_creation_input_tokens'],
  ],
  reasoning: [
    ['completion_tokens_details', 'reasoning_tokens'],
    ['output_tokens_details', 'reasoning_tokens'],
    ['reasoning_tokens'],
  ],
};

/** Reads a provider's token counts, at the end or in every chunk. */
export class UsageCount {
  private readonly counts: Counts = { input: 0, output: 0, total: 0, cached: 0, written: 0, reasoning: 0 };

  private last: UnknownObject = {};

  /** A later count replaces an earlier one; zeros, nulls and missing counts replace nothing. */
  add(usage: unknown): void {
    if (!isObject(usage)) return;
    this.last = usage;
    // The keys of `names` are exactly the fields.
    for (const field of Object.keys(names) as Field[])
      this.counts[field] = find(usage, field) || this.counts[field];
  }

  /** The counts so far; null where there are none. `model` is the one that answered. */
  read(model: string): Usage | null {
    const { input, output, total, cached, written } = this.counts;
    if (input + output === 0) return null;
    const reasoning = this.counts.reasoning || uncounted(model, this.counts);
    const outputTokens = output + (isBeside(reasoning, this.counts) ? reasoning : 0);
    return {
      inputTokens: input,
      outputTokens,
      // A larger total stays: some providers count more in it than in the parts (Mistral the seconds of audio).
      totalTokens: Math.max(total, input + outputTokens),
      cachedInputTokens: cached,
      reasoningTokens: reasoning,
      ...(written > 0 && { cacheWriteTokens: written }),
      ...rawUsage(this.last),
    };
  }
}

/**
 * Whether reasoning tokens are counted beside the output tokens, as at xAI, Copilot and Gemini: the total is the sum of all three, or
 * they exceed the output tokens.
 */
function isBeside(reasoning: number, { input, output, total }: Counts): boolean {
  return reasoning > output || (reasoning > 0 && total === input + output + reasoning);
}

/** Gemini's chat completions have no count of reasoning tokens: only the total includes them. */
function uncounted(model: string, { input, output, total }: Counts): number {
  return /\bgemini\b/i.test(model) ? Math.max(0, total - input - output) : 0;
}

function find(usage: UnknownObject, field: Field): number {
  for (const [name, part] of names[field]) {
    const value = usage[name];
    const found = count(part === undefined ? value : isObject(value) ? value[part] : undefined);
    if (found > 0) return found;
  }
  return 0;
}

/** A count as a number or as its digits; 0 for anything else. */
export function count(value: unknown): number {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && number > 0 && number <= Number.MAX_SAFE_INTEGER
    ? Math.floor(number)
    : 0;
}
