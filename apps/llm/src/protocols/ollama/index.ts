import { z } from 'zod';
import { protocolError } from '../../providers/errors/provider-errors.ts';
import { isObject } from '../../providers/json-object.ts';
import { type EmbeddingRequest, type Embeddings, toEmbeddings } from '../../providers/embeddings.ts';
import type { ProviderModel } from '../../providers/provider.ts';
import { estimateInputTokens } from '../../providers/token-estimate.ts';
import { pathBelow, type Protocol } from '../protocol.ts';
import { toChatBody } from './chat-body.ts';
import { OllamaAnswer } from './ollama-answer.ts';

/** Ollama's own API, below a base URL without a version: `http://localhost:11434`. */
export const ollama: Protocol = {
  name: 'ollama',
  quirks: { image_links: 'fetch' },
  turn(request, target) {
    return {
      path: pathBelow(target, '/api/chat'),
      body: JSON.stringify(toChatBody(request, target)),
      framing: 'lines',
      decoder: new OllamaAnswer({
        provider: target.title,
        account: target.account,
        model: request.model,
        estimateInputTokens: () => estimateInputTokens(request),
      }),
    };
  },
  models: { path: (target) => pathBelow(target, '/api/tags'), read: readModels },
  images: null,
  embeddings: {
    batch: (_model, { quirks }) => ({ textsMax: quirks.embedding_texts_max, lengthMax: Infinity }),
    call: (request, target) => ({
      path: pathBelow(target, '/api/embed'),
      body: JSON.stringify(toEmbedBody(request)),
    }),
    read: readEmbeddings,
  },
};

/** The models that the server has. */
function readModels(body: unknown, provider: string): ProviderModel[] {
  const list = isObject(body) ? body['models'] : undefined;
  if (!Array.isArray(list)) throw protocolError(provider, 'sent no list of models');
  return list.filter(isObject).flatMap(({ name, model, modified_at: modifiedAt }) => {
    const id = typeof model === 'string' ? model : name;
    const seconds = typeof modifiedAt === 'string' ? Math.floor(Date.parse(modifiedAt) / 1_000) : 0;
    return typeof id === 'string' ? [{ id, createdAt: seconds > 0 ? seconds : 0 }] : [];
  });
}

function toEmbedBody({ model, input, dimensions }: EmbeddingRequest): object {
  return { model, input, ...(dimensions !== null && { dimensions }) };
}

const EmbedReply = z.object({
  embeddings: z.array(z.array(z.number()).min(1)),
  prompt_eval_count: z.number().int().nonnegative().optional(),
});

function readEmbeddings(body: unknown, count: number, provider: string): Embeddings {
  const read = EmbedReply.safeParse(body);
  if (!read.success) throw protocolError(provider, 'sent no embeddings', read.error);
  const { embeddings: lists, prompt_eval_count: inputTokens = 0 } = read.data;
  return toEmbeddings({ lists, inputTokens }, count, provider);
}
