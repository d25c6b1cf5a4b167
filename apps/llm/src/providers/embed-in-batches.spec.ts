import { setImmediate } from 'node:timers/promises';
import { AppError } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { embedInBatches } from './embed-in-batches.ts';
import type { EmbeddingRequest } from './embeddings.ts';

const never = new AbortController().signal;
const batch = { textsMax: 1, lengthMax: Infinity };
const request: EmbeddingRequest = { model: 'm', input: ['1', '2', '3', '4', '5'], dimensions: null };

describe('texts in several requests', () => {
  it('are at most so many requests at the same time', async () => {
    let open = 0;
    let most = 0;
    const ask = async ({ input }: EmbeddingRequest) => {
      most = Math.max(most, ++open);
      await setImmediate();
      open--;
      return { vectors: input.map((text) => Float32Array.of(Number(text))), inputTokens: 2 };
    };
    const { vectors, inputTokens } = await embedInBatches(request, { batch, requestsMax: 2, ask }, never);
    expect(vectors.map(([first]) => first)).toEqual([1, 2, 3, 4, 5]);
    expect(inputTokens).toBe(10);
    expect(most).toBe(2);
  });

  it('end with the first failure, which aborts those under way', async () => {
    const failure = new AppError('rate_limited', 'later');
    const ended: string[] = [];
    const ask = async ({ input: [text = ''] }: EmbeddingRequest, signal: AbortSignal) => {
      if (text === '2') throw failure;
      signal.addEventListener('abort', () => ended.push(String(text)));
      return new Promise<never>(() => undefined);
    };
    await expect(embedInBatches(request, { batch, requestsMax: 3, ask }, never)).rejects.toBe(failure);
    expect(ended).toEqual(['1', '3']);
  });
});
