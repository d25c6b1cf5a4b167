import { type Api, decoded, decodedBy, defineRoute } from '@antiphon/contracts';
import { z } from 'zod';
import { ChatBody, decodeChatRequest } from '../chat/chat-request.ts';
import { decodeEmbeddingRequest, EmbeddingBody } from '../embeddings/embedding-request.ts';

const Model = z.looseObject({
  id: z.string(),
  object: z.literal('model'),
  created: z.number(),
  owned_by: z.string().describe('The provider that serves it'),
  context_window: z.int().optional().describe('Tokens of request and answer together'),
  max_output_tokens: z.int().optional(),
  capabilities: z
    .looseObject({
      tools: z.boolean().optional(),
      vision: z.boolean().optional(),
      json_schema: z.boolean().optional(),
      reasoning: z.boolean().optional(),
    })
    .optional()
    .describe('What is known of the model; unknown abilities are left out'),
  pricing: z
    .looseObject({
      input: z.string(),
      output: z.string(),
      input_cache_read: z.string().optional(),
      input_cache_write: z.string().optional(),
    })
    .optional()
    .describe('List prices in US dollars a token, as decimal text'),
});
const ModelList = z.looseObject({ object: z.literal('list'), data: z.array(Model) });

const Usage = z.looseObject({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
});
const Completion = z.looseObject({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.int(),
  model: z.string(),
  choices: z.array(z.looseObject({ index: z.int(), message: z.looseObject({}), finish_reason: z.string() })),
  usage: Usage.optional(),
});
const CompletionChunk = z.looseObject({
  id: z.string(),
  object: z.literal('chat.completion.chunk'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.looseObject({ index: z.int(), delta: z.looseObject({}), finish_reason: z.string().nullable() }),
  ),
});
const EmbeddingList = z.looseObject({
  object: z.literal('list'),
  data: z.array(
    z.looseObject({
      object: z.literal('embedding'),
      index: z.int(),
      embedding: z.union([z.array(z.number()), z.string()]),
    }),
  ),
  model: z.string(),
  usage: z.looseObject({ prompt_tokens: z.int(), total_tokens: z.int() }),
});
const ErrorReply = z.looseObject({
  error: z.looseObject({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});

/** The parts of OpenAI's API that go to the providers directly. */
export const llmRoutes = {
  complete: defineRoute({
    method: 'post',
    path: '/v1/chat/completions',
    name: 'createChatCompletion',
    summary: 'Complete a chat: as one answer, or as a stream',
    // Some fields go to the provider unchanged.
    body: decodedBy(ChatBody, decodeChatRequest),
    reply: {
      status: 200,
      description: 'The completion',
      json: Completion,
      event: CompletionChunk,
    },
  }),
  embed: defineRoute({
    method: 'post',
    path: '/v1/embeddings',
    name: 'createEmbedding',
    summary: 'Embed texts',
    body: decoded(EmbeddingBody, decodeEmbeddingRequest),
    reply: {
      status: 200,
      description: 'The embeddings, in the order of the texts',
      json: EmbeddingList,
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

export const llmApi: Api = {
  name: 'llm',
  title: 'Antiphon: chat completions, embeddings and models',
  schemas: {
    requests: { ChatBody, EmbeddingBody },
    replies: { Completion, CompletionChunk, EmbeddingList, Model, ModelList, ErrorReply },
  },
  failure: ErrorReply,
  routes: Object.values(llmRoutes),
};
