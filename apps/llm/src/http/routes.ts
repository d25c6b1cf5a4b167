import { defineRoute } from '@antiphon/contracts';
import { z } from 'zod';
import { ChatBody } from '../chat/chat-request.ts';
import { EmbeddingBody } from '../embeddings/embedding-request.ts';

const Model = z.looseObject({
  id: z.string(),
  object: z.literal('model'),
  created: z.number(),
  owned_by: z.string(),
});
const ModelList = z.looseObject({ object: z.literal('list'), data: z.array(Model) });

/** The parts of OpenAI's API that go to the providers directly. */
export const llmRoutes = {
  /** The handler reads the body: a part of it goes to the provider unchanged. */
  complete: defineRoute({
    method: 'post',
    path: '/v1/chat/completions',
    name: 'createChatCompletion',
    summary: 'Complete a chat: as one answer, or as a stream',
    body: ChatBody,
    raw: ['body'],
    reply: {
      status: 200,
      description: 'The completion',
      json: z.looseObject({ id: z.string(), object: z.literal('chat.completion') }),
      event: z.looseObject({ id: z.string(), object: z.literal('chat.completion.chunk') }),
    },
  }),
  embed: defineRoute({
    method: 'post',
    path: '/v1/embeddings',
    name: 'createEmbedding',
    summary: 'Embed texts',
    body: EmbeddingBody,
    reply: {
      status: 200,
      description: 'The embeddings, in the order of the texts',
      json: z.looseObject({ object: z.literal('list'), data: z.array(z.unknown()), model: z.string() }),
    },
  }),
  listModels: defineRoute({
    method: 'get',
    path: '/v1/models',
    name: 'listModels',
    summary: 'The models that can be requested',
    reply: { status: 200, description: 'All of them', json: ModelList },
  }),
  /** The names of models may hold slashes. */
  retrieveModel: defineRoute({
    method: 'get',
    path: '/v1/models/{model*}',
    name: 'retrieveModel',
    summary: 'A model',
    reply: { status: 200, description: 'The model', json: Model },
  }),
};
