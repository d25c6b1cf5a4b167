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

/** Little-endian 32-bit floats in base64, as OpenAI's API writes vectors. */
export function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, place) => bytes.writeFloatLE(value, place * 4));
  return bytes.toString('base64');
}
