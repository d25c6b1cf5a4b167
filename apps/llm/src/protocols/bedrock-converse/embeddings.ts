import { AppError } from '@antiphon/contracts';
import { z } from 'zod';
import type { EmbeddingRequest, Embeddings } from '../../providers/embeddings.ts';
import { protocolError } from '../../providers/errors/provider-errors.ts';
import { type EmbeddingCalls, pathBelow } from '../protocol.ts';
import { textsOf } from '../requests/embedded-texts.ts';

/** As in Bedrock's documents. */
const cohereTextsMax = 96;

/**
 * Embeddings by Bedrock's InvokeModel, whose body is that of the maker: for the models of Cohere (up to 96 texts a call) and Amazon's Titan (one text). The models
 * of other makers are `model_not_found`.
 */
export const bedrockEmbeddings: EmbeddingCalls = {
  textsMax: (model) => (isCohere(model) ? cohereTextsMax : 1),
  call(request, target) {
    const path = pathBelow(target, `/model/${encodeURIComponent(request.model)}/invoke`);
    return { path, body: JSON.stringify(bodyOf(request, target.title)) };
  },
  read(body, count, provider) {
    const read = z.union([Titan, Cohere]).safeParse(body);
    if (!read.success) throw protocolError(provider, 'sent no embeddings', read.error);
    const vectors = read.data.lists.map((values) => Float32Array.from(values));
    if (vectors.length !== count || vectors.some((vector) => vector.length !== vectors[0]?.length))
      throw protocolError(provider, 'did not embed each text once');
    return { vectors, inputTokens: read.data.inputTokens } satisfies Embeddings;
  },
};

/** The id of a model, of an inference profile (`eu.cohere.…`), or the ARN of either. */
function isCohere(model: string): boolean {
  return /\bcohere\.embed-/.test(model);
}

function bodyOf({ model, input, dimensions }: EmbeddingRequest, provider: string): object {
  const texts = textsOf(input);
  if (isCohere(model))
    return {
      texts,
      input_type: 'search_document',
      embedding_types: ['float'],
      ...(dimensions !== null && { output_dimension: dimensions }),
    };
  if (/\bamazon\.titan-embed-/.test(model))
    return { inputText: texts[0], ...(dimensions !== null && { dimensions }) };
  throw new AppError(
    'model_not_found',
    `The provider ${provider} embeds no texts with the model "${model.slice(0, 200)}"`,
    { param: 'model' },
  );
}

const Vector = z.array(z.number()).min(1);

const Titan = z
  .object({ embedding: Vector, inputTextTokenCount: z.int().nonnegative().catch(0) })
  .transform(({ embedding, inputTextTokenCount: inputTokens }) => ({ lists: [embedding], inputTokens }));

/** Its tokens are in a header only. Models that know one kind of vector send a plain list. */
const Cohere = z
  .object({ embeddings: z.union([z.array(Vector), z.object({ float: z.array(Vector) })]) })
  .transform(({ embeddings }) => ({
    lists: Array.isArray(embeddings) ? embeddings : embeddings.float,
    inputTokens: 0,
  }));
