import type { ModelDelta } from '@antiphon/contracts';
import type { ModelFacts } from '../models/model-facts.ts';
import type { EmbeddingBatch, EmbeddingRequest, Embeddings } from '../providers/embeddings.ts';
import type { ProviderImagePiece, ReadImageRequest } from '../providers/images/images.ts';
import type { StreamDecoder } from '../providers/http/event-stream.ts';
import type { FramingName } from '../providers/http/framing/framing.ts';
import type { ProviderModel, ProviderRequest } from '../providers/provider.ts';
import type { ModelQuirks, QuirkChanges } from './quirks/provider-quirks.ts';

/** The APIs of model providers. `openai`: chat completions or the Responses API, for each turn the one that serves it. */
export const protocolNames = [
  'openai',
  'chat_completions',
  'anthropic_messages',
  'gemini',
  'bedrock_converse',
  'ollama',
  'openai_responses',
] as const;
export type ProtocolName = (typeof protocolNames)[number];

/** `native`: a provider runs the hosted tools of a request itself where it has them. `ours`: they run here. */
export const hostedToolsSettings = ['native', 'ours'] as const;
export type HostedToolsSetting = (typeof hostedToolsSettings)[number];

/** One API of model providers. Stateless: one object serves all providers that speak it. */
export interface Protocol {
  readonly name: ProtocolName;
  /** What every server of this API needs: which links it does not follow. The rows of models and providers, and the operator, change it. */
  readonly quirks?: QuirkChanges;
  /**
   * The call of a model turn. Throws AppError `model_refused` with `param` (a path in the neutral request, e.g. `tools[0].parameters`) for what
   * this API cannot express.
   */
  turn(request: ProviderRequest, target: ModelTarget): ProtocolTurn;
  /** Null: this API lists no models. */
  readonly models: ModelListing | null;
  /** Null: this API embeds nothing. */
  readonly embeddings: EmbeddingCalls | null;
  /** Null: this API makes no images beside answers. */
  readonly images: ImageCalls | null;
}

/** A list of models, by GET. */
export interface ModelListing {
  path(target: ProviderTarget): string;
  /** Throws AppError `model_error` for anything else than a list. `provider` is its name in messages. */
  read(body: unknown, provider: string): ProviderModel[];
}

/** Embeddings, by POST of JSON. */
export interface EmbeddingCalls {
  /** What one call may hold. More texts are sent in several calls. */
  batch(model: string, target: ModelTarget): EmbeddingBatch;
  call(request: EmbeddingRequest, target: ModelTarget): { path: string; body: string };
  /** `count` vectors in the order of the texts. Throws AppError `model_error` for anything else. */
  read(body: unknown, count: number, provider: string): Embeddings;
}

/** Images, by POST. */
export interface ImageCalls {
  /**
   * The calls that make the images, whose answers count together: several where the API makes one image a call. Throws AppError `model_refused` with
   * `param` for what this API, or the model, cannot do.
   */
  calls(request: ReadImageRequest, target: ModelTarget): ProtocolCall<ProviderImagePiece, string | Buffer>[];
}

/** A configured provider, as protocols see it. */
export interface ProviderTarget {
  /** The name in messages. */
  title: string;
  /**
   * Identifies the account that reasoning and call data belong to: origins with another account are not sent. The host for the provider of the
   * environment, `host#name` for one of the file.
   */
  account: string;
  /** The path of the base URL, without a slash at the end: `/v1`. */
  basePath: string;
  /** The query of the base URL, with its question mark; mostly empty. */
  query: string;
  host: string;
  /** Whether it runs the hosted tools that it has itself; omitted: `ours`. */
  hostedTools?: HostedToolsSetting;
}

/** A model of a configured provider. */
export interface ModelTarget extends ProviderTarget {
  quirks: ModelQuirks;
  /** Facts of the model from the catalogue; null where it is unknown. */
  facts: ModelFacts | null;
  /** Whether the answer is requested as a stream, or as one JSON body. */
  isStreamed: boolean;
}

/** A POST, and how its answer is read. */
export interface ProtocolCall<Piece, Body = string> {
  /** From the root of the host, with query. */
  path: string;
  /** Beside authorization, and the content type of JSON. */
  headers?: Record<string, string>;
  body: Body;
  framing: FramingName;
  decoder: StreamDecoder<Piece>;
}

/** The call of a model turn. */
export type ProtocolTurn = ProtocolCall<ModelDelta>;

/** A path below the base URL, with the query of both. */
export function pathBelow({ basePath, query }: ProviderTarget, path: string): string {
  return `${basePath}${path}${path.includes('?') ? query.replace('?', '&') : query}`;
}
