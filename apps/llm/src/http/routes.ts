import { type Api, decoded, decodedBy, defineRoute } from '@antiphon/contracts';
import { z } from 'zod';
import { ChatBody, decodeChatRequest } from '../chat/chat-request.ts';
import type { ImageRoutes } from '../images/image-routes.ts';
import { decodeEmbeddingRequest, EmbeddingBody } from '../embeddings/embedding-request.ts';
import { AnthropicModel, AnthropicModelList } from '../model-list/anthropic-models.ts';
import { modelPage, modelShape } from '../model-list/model-shape.ts';

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
      images: z.boolean().optional(),
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
const Cooldown = z.object({
  /** Null: all models of the provider. */
  model: z.string().nullable(),
  reason: z.enum(['rate_limit', 'credentials', 'quota']),
  ends_in_ms: z.int(),
});
export const AdminProvider = z.object({
  name: z.string(),
  /** Whether requests may go to it. */
  enabled: z.boolean(),
  /** What switched it off: `enabled: false` in the providers file, or an administrator. Null: nothing. */
  disabled_by: z.enum(['file', 'administrator']).nullable(),
  /** `ok`: it gets its share. `cooling`: it, or a model of it, rests. `open`: many requests failed, so that it rests. `probing`: after that, one request at a time. */
  health: z.enum(['ok', 'cooling', 'open', 'probing']),
  /** How long it rests after failures; 0 where it does not. */
  open_for_ms: z.int(),
  cooldowns: z.array(Cooldown),
  /** Requests under way from the instance that answers. */
  requests_under_way: z.int(),
  /** Requests of that instance that wait for a place at it, and perhaps at others too. */
  requests_waiting: z.int(),
  weight: z.number(),
});
const AdminProviderList = z.object({ object: z.literal('list'), data: z.array(AdminProvider) });
const SwitchBody = z.strictObject({ enabled: z.boolean() });
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
    headers: modelShape,
    query: modelPage,
    reply: {
      status: 200,
      description: "All of them in OpenAI's shape, or a page of them in Anthropic's",
      json: z.union([ModelList, AnthropicModelList]),
    },
  }),
  /** The names of models may hold slashes. */
  retrieveModel: defineRoute({
    method: 'get',
    path: '/v1/models/{model*}',
    name: 'retrieveModel',
    summary: 'A model',
    headers: modelShape,
    reply: { status: 200, description: 'The model', json: z.union([Model, AnthropicModel]) },
  }),
  listProviders: defineRoute({
    method: 'get',
    path: '/v1/admin/providers',
    name: 'listProviders',
    summary: 'The providers and their health; needs the scope `admin`',
    reply: {
      status: 200,
      description: 'All of them, in the order of the configuration; last those that the file switches off',
      json: AdminProviderList,
    },
  }),
  switchProvider: defineRoute({
    method: 'post',
    path: '/v1/admin/providers/{name}',
    name: 'switchProvider',
    summary:
      'Switch a provider off or on, until all instances have started again; needs the scope `admin`. `enabled: false` in the providers file lasts',
    body: SwitchBody,
    reply: { status: 200, description: 'The provider', json: AdminProvider },
  }),
};

/** All routes of the service. Those of images have the operator's limits. */
export function llmApiWith({ schemas, generate, edit }: ImageRoutes): Api {
  return {
    name: 'llm',
    title: 'Antiphon: chat completions, embeddings, images, models and providers',
    schemas: {
      requests: { ChatBody, EmbeddingBody, SwitchBody, ...schemas.requests },
      replies: {
        Completion,
        CompletionChunk,
        EmbeddingList,
        Model,
        ModelList,
        AnthropicModel,
        AnthropicModelList,
        AdminProvider,
        AdminProviderList,
        ErrorReply,
        ...schemas.replies,
      },
    },
    failure: ErrorReply,
    routes: [...Object.values(llmRoutes), generate, edit],
  };
}
