import type { EmbeddingCreateParams } from 'openai/resources/embeddings';
import { z } from 'zod';
import { type EmbeddingRequest, type Embeddings, toEmbeddings } from '../../providers/embeddings.ts';
import { protocolError } from '../../providers/errors/provider-errors.ts';

/** Tokens of all texts of a request at OpenAI, which a character is at most. Other servers have no such limit. */
export const embeddedTokensMax = 300_000;

export function toEmbeddingParams({ model, input, dimensions }: EmbeddingRequest): EmbeddingCreateParams {
  // Not every compatible server knows base64.
  return { model, input, encoding_format: 'float', ...(dimensions !== null && { dimensions }) };
}

const Vector = z.object({ index: z.number().int().nonnegative(), embedding: z.array(z.number()).min(1) });
const EmbeddingReply = z.object({ data: z.array(Vector), usage: z.unknown() });
const CountedTokens = z.object({ prompt_tokens: z.number().int().nonnegative() });

/** The vectors in the order of the texts; a provider may send them in any order. */
export function readEmbeddings(body: unknown, count: number, provider: string): Embeddings {
  const parsed = EmbeddingReply.safeParse(body);
  if (!parsed.success) throw protocolError(provider, 'sent no embeddings', parsed.error);
  const { data, usage } = parsed.data;
  const inOrder = data.sort((a, b) => a.index - b.index);
  if (inOrder.some(({ index }, place) => index !== place))
    throw protocolError(provider, 'did not embed each text once');
  const lists = inOrder.map(({ embedding }) => embedding);
  const inputTokens = CountedTokens.safeParse(usage).data?.prompt_tokens ?? 0;
  return toEmbeddings({ lists, inputTokens }, count, provider);
}
