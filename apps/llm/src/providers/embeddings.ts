import { AppError } from '@antiphon/contracts';
import { protocolError } from './errors/provider-errors.ts';

/** The input: texts, or texts as the model's own tokens. */
export type EmbeddingInput = string[] | number[][];

export interface EmbeddingRequest {
  /** The provider's own name for it. */
  model: string;
  input: EmbeddingInput;
  /** The length of the vectors; null leaves it to the model. */
  dimensions: number | null;
}

/** What one request to a provider may hold. */
export interface EmbeddingBatch {
  textsMax: number;
  /** All texts together: characters, or tokens where the texts are tokens. A longer text is sent alone. */
  lengthMax: number;
}

export interface Embeddings {
  /** One for each text, in their order. */
  vectors: Float32Array[];
  inputTokens: number;
}

/** The texts of a request, for APIs that take no tokens. Throws `model_refused` for those. */
export function textsOf(input: EmbeddingInput): string[] {
  return input.map((text, place) => {
    if (typeof text === 'string') return text;
    throw new AppError('model_refused', 'This provider embeds texts, not tokens', {
      param: `input[${place}]`,
    });
  });
}

/** The vectors of an answer. Throws `model_error` where they are not one for each of the texts, all of one length. */
export function toEmbeddings(
  { lists, inputTokens }: { lists: readonly (readonly number[])[]; inputTokens: number },
  count: number,
  provider: string,
): Embeddings {
  const vectors = lists.map((values) => Float32Array.from(values));
  if (vectors.length !== count || vectors.some((vector) => vector.length !== vectors[0]?.length))
    throw protocolError(provider, 'did not embed each text once');
  return { vectors, inputTokens: Math.round(inputTokens) };
}

/** Little-endian 32-bit floats in base64, as OpenAI's API writes vectors. */
export function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, place) => bytes.writeFloatLE(value, place * 4));
  return bytes.toString('base64');
}
