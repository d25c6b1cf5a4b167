import { AppError } from '@antiphon/contracts';
import type { EmbeddingInput } from '../../providers/embeddings.ts';

/** The texts of a request, for APIs that take no tokens. Throws `model_refused` for tokens. */
export function textsOf(input: EmbeddingInput): string[] {
  return input.map((text, place) => {
    if (typeof text === 'string') return text;
    throw new AppError('model_refused', 'This provider embeds texts, not tokens', {
      param: `input[${place}]`,
    });
  });
}
