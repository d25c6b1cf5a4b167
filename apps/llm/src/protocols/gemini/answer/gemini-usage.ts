import type { Usage } from '@antiphon/contracts';
import { count } from '../../answers/usage-count.ts';
import { isObject, type UnknownObject } from '../../../providers/json-object.ts';
import { rawUsage } from '../../answers/raw-usage.ts';

/** Reads `usageMetadata`, which each chunk of a stream may repeat: the last one holds. */
export class GeminiUsage {
  private counts: UnknownObject = {};

  add(usage: unknown): void {
    if (isObject(usage)) this.counts = { ...this.counts, ...usage };
  }

  /** Whether the model has thought. */
  get hasThought(): boolean {
    return count(this.counts['thoughtsTokenCount']) > 0;
  }

  get serviceTier(): string | undefined {
    const tier = this.counts['serviceTier'];
    return typeof tier === 'string' && tier !== '' ? tier : undefined;
  }

  /** The counts so far; null where there are none. Results of tools that Google runs are input, thoughts are output. */
  read(): Usage | null {
    const counted = (name: string): number => count(this.counts[name]);
    const reasoningTokens = counted('thoughtsTokenCount');
    const inputTokens = counted('promptTokenCount') + counted('toolUsePromptTokenCount');
    const outputTokens = counted('candidatesTokenCount') + reasoningTokens;
    if (inputTokens + outputTokens === 0) return null;
    return {
      inputTokens,
      outputTokens,
      totalTokens: Math.max(counted('totalTokenCount'), inputTokens + outputTokens),
      cachedInputTokens: counted('cachedContentTokenCount'),
      reasoningTokens,
      ...rawUsage(this.counts),
    };
  }
}
