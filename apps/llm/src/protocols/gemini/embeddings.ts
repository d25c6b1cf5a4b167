import { z } from 'zod';
import {
  type EmbeddingBatch,
  type EmbeddingRequest,
  type Embeddings,
  textsOf,
  toEmbeddings,
} from '../../providers/embeddings.ts';
import { protocolError } from '../../providers/errors/provider-errors.ts';
import { bareName } from './models.ts';

/** A method that embeds, and what one call of it may hold. */
export interface EmbeddingMethod {
  name: 'batchEmbedContents' | 'predict' | 'embedContent';
  batch: EmbeddingBatch;
  /** Throws `model_refused` for texts as tokens. */
  toBody: (request: EmbeddingRequest) => object;
}

/** The method of Google AI. */
export const batchMethod: EmbeddingMethod = {
  name: 'batchEmbedContents',
  batch: { textsMax: 100, lengthMax: Infinity },
  toBody: toBatchEmbedBody,
};

/**
 * The method of a model at Vertex AI: models before Gemini take 250 texts of 20,000 tokens together, which a character is at most; the first one of Gemini
 * takes one text; later ones, and those of other makers, have a method of their own for one text.
 */
export function vertexMethod(model: string): EmbeddingMethod {
  const single = { textsMax: 1, lengthMax: Infinity };
  if (/gemini-embedding-001$/.test(model)) return { name: 'predict', batch: single, toBody: toPredictBody };
  if (/gemini|maas/.test(model)) return { name: 'embedContent', batch: single, toBody: toEmbedBody };
  return { name: 'predict', batch: { textsMax: 250, lengthMax: 20_000 }, toBody: toPredictBody };
}

function toBatchEmbedBody({ model, input, dimensions }: EmbeddingRequest): object {
  const name = `models/${bareName(model)}`;
  return {
    requests: textsOf(input).map((text) => ({
      model: name,
      content: { parts: [{ text }] },
      ...(dimensions !== null && { outputDimensionality: dimensions }),
    })),
  };
}

function toPredictBody({ input, dimensions }: EmbeddingRequest): object {
  return {
    instances: textsOf(input).map((content) => ({ content })),
    ...(dimensions !== null && { parameters: { outputDimensionality: dimensions } }),
  };
}

function toEmbedBody({ input, dimensions }: EmbeddingRequest): object {
  const [text = ''] = textsOf(input);
  return {
    content: { parts: [{ text }] },
    ...(dimensions !== null && { embedContentConfig: { outputDimensionality: dimensions } }),
  };
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

const Single = z
  .object({
    embedding: z.object({ values: Vector }),
    usageMetadata: z.object({ promptTokenCount: z.number().nonnegative() }).optional().catch(undefined),
  })
  .transform(({ embedding, usageMetadata }) => ({
    lists: [embedding.values],
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

/** The vectors of the answer of any method, one for each text in their order. Throws `model_error` for anything else. */
export function readEmbeddings(body: unknown, count: number, provider: string): Embeddings {
  const read = z.union([Batch, Predictions, Single]).safeParse(body);
  if (!read.success) throw protocolError(provider, 'sent no embeddings', read.error);
  return toEmbeddings(read.data, count, provider);
}
