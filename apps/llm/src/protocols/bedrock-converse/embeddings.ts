import { AppError } from '@antiphon/contracts';
import { z } from 'zod';
import { type Embeddings, toEmbeddings } from '../../providers/embeddings.ts';
import { protocolError } from '../../providers/errors/provider-errors.ts';

/** A family of models that embed. The Converse API has none: each family has a body of its own (InvokeModel). */
export interface EmbeddingFamily {
  names: RegExp;
  textsMax: number;
  toBody: (texts: readonly string[], dimensions: number | null) => object;
}

/** Sources: Bedrock's user guide on Titan, Cohere and Nova embeddings, and `@ai-sdk/amazon-bedrock`. */
const families: readonly EmbeddingFamily[] = [
  {
    names: /\btitan-embed-/,
    textsMax: 1,
    toBody: ([inputText], dimensions) => ({ inputText, ...(dimensions !== null && { dimensions }) }),
  },
  {
    names: /\bcohere\.embed-/,
    textsMax: 96,
    toBody: (texts, dimensions) => ({
      texts,
      input_type: 'search_document',
      ...(dimensions !== null && { output_dimension: dimensions }),
    }),
  },
  {
    names: /\bnova-.*embed/,
    textsMax: 1,
    toBody: ([value], dimensions) => ({
      taskType: 'SINGLE_EMBEDDING',
      singleEmbeddingParams: {
        embeddingPurpose: 'GENERIC_INDEX',
        // The API demands one; this is the size of Titan's vectors.
        embeddingDimension: dimensions ?? 1_024,
        text: { truncationMode: 'END', value },
      },
    }),
  },
];

/** Throws `model_not_found` for a model that embeds nothing. */
export function embeddingFamily(model: string, provider: string): EmbeddingFamily {
  const family = families.find(({ names }) => names.test(model));
  if (family !== undefined) return family;
  const message = `The model "${model.slice(0, 200)}" of the provider ${provider} embeds no texts`;
  throw new AppError('model_not_found', message, { param: 'model' });
}

const Vector = z.array(z.number()).min(1);
const tokens = z.number().nonnegative().optional().catch(undefined);

const Reply = z.union([
  z
    .object({ embedding: Vector, inputTextTokenCount: tokens })
    .transform(({ embedding, inputTextTokenCount: counted }) => ({
      lists: [embedding],
      inputTokens: counted ?? 0,
    })),
  z
    .object({ embeddings: z.array(z.object({ embedding: Vector })).min(1), inputTokenCount: tokens })
    .transform(({ embeddings, inputTokenCount: counted }) => ({
      lists: embeddings.map(({ embedding }) => embedding),
      inputTokens: counted ?? 0,
    })),
  z
    .object({ embeddings: z.array(Vector).min(1) })
    .transform(({ embeddings: lists }) => ({ lists, inputTokens: 0 })),
  z
    .object({ embeddings: z.object({ float: z.array(Vector).min(1) }) })
    .transform(({ embeddings }) => ({ lists: embeddings.float, inputTokens: 0 })),
]);

/** The vectors of an answer, one for each text in their order. Cohere counts no tokens. Throws `model_error` for anything else. */
export function readEmbeddings(body: unknown, count: number, provider: string): Embeddings {
  const read = Reply.safeParse(body);
  if (!read.success) throw protocolError(provider, 'sent no embeddings', read.error);
  return toEmbeddings(read.data, count, provider);
}
