import pLimit from 'p-limit';
import type { EmbeddingBatch, EmbeddingInput, EmbeddingRequest, Embeddings } from './embeddings.ts';

export interface BatchOptions {
  batch: EmbeddingBatch;
  /** Requests to the provider at the same time. */
  requestsMax: number;
  ask: (request: EmbeddingRequest, signal: AbortSignal) => Promise<Embeddings>;
}

/** Embeds texts in as many requests as the provider needs, in the order of the texts. The first failure ends the others. */
export async function embedInBatches(
  request: EmbeddingRequest,
  { batch, requestsMax, ask }: BatchOptions,
  signal: AbortSignal,
): Promise<Embeddings> {
  const inputs = split(request.input, batch);
  if (inputs.length === 1) return ask(request, signal);
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const limit = pLimit(requestsMax);
  const parts = await limit.map(inputs, async (input) => {
    try {
      both.throwIfAborted();
      return await ask({ ...request, input }, both);
    } catch (error) {
      stop.abort();
      throw error;
    }
  });
  return {
    vectors: parts.flatMap(({ vectors }) => vectors),
    inputTokens: parts.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
  };
}

function split(input: EmbeddingInput, { textsMax, lengthMax }: EmbeddingBatch): EmbeddingInput[] {
  const batches: (string | number[])[][] = [];
  let length = Infinity;
  for (const text of input) {
    const open = batches.at(-1);
    length += text.length;
    if (open !== undefined && open.length < textsMax && length <= lengthMax) open.push(text);
    else {
      batches.push([text]);
      length = text.length;
    }
  }
  return batches as EmbeddingInput[]; // an input has texts of one kind
}
