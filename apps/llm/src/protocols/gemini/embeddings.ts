import { AppError } from '@antiphon/contracts';
import { z } from 'zod';
import type { EmbeddingRequest, Embeddings } from '../../providers/embeddings.ts';
import { protocolError } from '../../providers/errors/provider-errors.ts';
import { bareName } from './models.ts';

/** The body of batchEmbedContents (Google AI). Throws `model_refused` for texts as tokens. */
export function toBatchEmbedBody({ model, input, dimensions }: EmbeddingRequest): object {
  const name = `models/${bareName(model)}`;
  return {
    requests: textsOf(input).map((text) => ({
      model: name,
      content: { parts: [{ text }] },
      ...(dimensions !== null && { outputDimensionality: dimensions }),
    })),
  };
}

/** The body of predict (Vertex AI). */
export function toPredictBody({ input, dimensions }: EmbeddingRequest): object {
  return {
    instances: textsOf(input).map((content) => ({ content })),
    ...(dimensions !== null && { parameters: { outputDimensionality: dimensions } }),
  };
}

function textsOf(input: EmbeddingRequest['input']): string[] {
  return input.map((text, place) => {
    if (typeof text === 'string') return text;
    throw new AppError('model_refused', 'This provider embeds texts, not tokens', {
      param: `input[${place}]`,
    });
  });
}

const Vector = z.array(z.number()).min(1);

const Batch = z
  .object({
    embeddings: z.array(z.object({ values: Vector })),
    usageMetadata: z.object({ promptTokenCount: z.number().nonnegative() }).optional().catch(undefined),
  })
  .transform(({ embeddings, usageMetadata }) => ({
    lists: embeddings.map(({ values }) => values),
    inputTokens: usageMetadata?.promptTokenCount ?? 0,
  }));

const Predictions = z
  .object({
    predictions: z.array(
      z.object({
        embeddings: z.object({
          values: Vector,
          statistics: z.object({ token_count: z.number().nonnegative() }).optional().catch(undefined),
        }),
      }),
    ),
  })
  .transform(({ predictions }) => ({
    lists: predictions.map(({ embeddings }) => embeddings.values),
    inputTokens: predictions.reduce(
      (sum, { embeddings }) => sum + (embeddings.statistics?.token_count ?? 0),
      0,
    ),
  }));

/** The vectors of either answer, one for each text in their order. Throws `model_error` for anything else. */
export function readEmbeddings(body: unknown, count: number, provider: string): Embeddings {
  const read = z.union([Batch, Predictions]).safeParse(body);
  if (!read.success) throw protocolError(provider, 'sent no embeddings', read.error);
  const vectors = read.data.lists.map((values) => Float32Array.from(values));
  if (vectors.length !== count || vectors.some((vector) => vector.length !== vectors[0]?.length))
    throw protocolError(provider, 'did not embed each text once');
  return { vectors, inputTokens: Math.round(read.data.inputTokens) };
}
