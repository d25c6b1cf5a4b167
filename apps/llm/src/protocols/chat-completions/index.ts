import { estimateInputTokens } from '../../providers/token-estimate.ts';
import { openAiImages } from '../openai-images/index.ts';
import { pathBelow, type Protocol } from '../protocol.ts';
import { ChatAnswer } from './chat-answer.ts';
import { embeddedTokensMax, readEmbeddings, toEmbeddingParams } from './embeddings.ts';
import { readModels } from './model-list.ts';
import { toChatParams } from './request/chat-params.ts';

/** OpenAI's chat completions, which most servers speak. */
export const chatCompletions: Protocol = {
  name: 'chat_completions',
  turn(request, target) {
    return {
      path: pathBelow(target, '/chat/completions'),
      body: JSON.stringify(toChatParams(request, target.quirks, target)),
      framing: 'sse',
      decoder: new ChatAnswer({
        provider: target.title,
        account: target.account,
        model: request.model,
        estimateInputTokens: () => estimateInputTokens(request),
      }),
    };
  },
  models: { path: (target) => pathBelow(target, '/models'), read: readModels },
  embeddings: {
    batch: (_model, { quirks }) => ({ textsMax: quirks.embedding_texts_max, lengthMax: embeddedTokensMax }),
    call: (request, target) => ({
      path: pathBelow(target, '/embeddings'),
      body: JSON.stringify(toEmbeddingParams(request)),
    }),
    read: readEmbeddings,
  },
  images: openAiImages,
};
