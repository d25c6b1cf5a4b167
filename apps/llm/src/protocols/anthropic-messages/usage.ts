import type { Usage } from '@antiphon/contracts';
import { isObject, type UnknownObject } from '../../providers/json-object.ts';
import { count } from '../answers/usage-count.ts';
import { rawUsage } from '../answers/raw-usage.ts';

/** Collects the token counts of a message: those of its start, and the cumulative ones of its end. */
export class MessageUsage {
  private usage: UnknownObject = {};

  /** Later counts replace earlier ones; a field without a value replaces nothing. */
  add(usage: unknown): void {
    if (!isObject(usage)) return;
    for (const [name, value] of Object.entries(usage))
      if (value !== null && value !== undefined) this.usage[name] = value;
  }

  get serviceTier(): string | undefined {
    const tier = this.usage['service_tier'];
    return typeof tier === 'string' && tier !== '' ? tier : undefined;
  }

  /** Null where the provider counted nothing. */
  read(): Usage | null {
    const { input, output } = this.sampled();
    const cached = count(this.usage['cache_read_input_tokens']);
    const written = count(this.usage['cache_creation_input_tokens']);
    const details = this.usage['output_tokens_details'];
    const inputTokens = input + cached + written;
    if (inputTokens + output === 0) return null;
    return {
      inputTokens,
      outputTokens: output,
      totalTokens: inputTokens + output,
      cachedInputTokens: cached,
      reasoningTokens: Math.min(output, isObject(details) ? count(details['thinking_tokens']) : 0),
      ...(written > 0 && { cacheWriteTokens: written }),
      ...rawUsage(this.usage),
    };
  }

  /**
   * The uncached input and the output. Where a message took several samplings, the totals leave out those that compacted the context; where another
   * model stepped in, the totals are those of its answer alone.
   */
  private sampled(): { input: number; output: number } {
    const { iterations, input_tokens: input, output_tokens: output } = this.usage;
    const all = Array.isArray(iterations) ? iterations.filter(isObject) : [];
    const own = all.filter(({ type }) => type === 'message' || type === 'compaction');
    if (own.length === 0 || all.some(({ type }) => type === 'fallback_message'))
      return { input: count(input), output: count(output) };
    return {
      input: own.reduce((sum, entry) => sum + count(entry['input_tokens']), 0),
      output: own.reduce((sum, entry) => sum + count(entry['output_tokens']), 0),
    };
  }
}
