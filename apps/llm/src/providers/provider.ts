import type { JsonObject, ModelDelta, ModelRequest } from '@antiphon/contracts';
import type { ModelFacts, ModelPrices } from '../models/model-facts.ts';
import type { RoomLimits } from '../routing/rooms/provider-rooms.ts';
import type { EmbeddingRequest, Embeddings } from './embeddings.ts';
import type { MadeImagePiece, ProviderImageRequest } from './images/images.ts';

/** A model turn, with the provider's own name for the model. */
export interface ProviderRequest extends Omit<ModelRequest, 'caller'> {
  /** Chat completion fields that the neutral model does not have (`stop`, `seed`), passed on unchanged. */
  chatFields: JsonObject;
}

/** A model as its provider lists it. */
export interface ProviderModel {
  id: string;
  /** Seconds since the epoch, 0 where the provider sends none. */
  createdAt: number;
}

/** Answers model turns and embeds texts. Throws AppError only, with the codes of `llm.stream`. */
export interface Provider {
  readonly name: string;
  /** How many requests it may have at the same time, which the router keeps. Left out: any number. */
  readonly room?: RoomLimits;
  /**
   * Sends the request at once and streams the answer in bursts: deltas that arrive together travel together, and those of a request with
   * `gather` wait for more. Bursts are never empty, and the last one ends with `end`. `onOutput` is called once, as soon as the first delta has come.
   */
  stream(
    request: ProviderRequest,
    signal: AbortSignal,
    onOutput?: () => void,
  ): AsyncIterable<ModelDelta[], undefined>;
  /** `model_not_found` where the provider, or this model, embeds nothing. */
  embed(request: EmbeddingRequest, signal: AbortSignal): Promise<Embeddings>;
  /** Whether requests for images may be sent to it. Left out: it makes none. */
  readonly makesImages?: boolean;
  /** Makes or edits images; an `end` is the last piece. `model_refused` where the provider, or this model, cannot. */
  makeImages?(
    request: ProviderImageRequest,
    signal: AbortSignal,
  ): AsyncGenerator<MadeImagePiece[], undefined>;
  listModels(signal: AbortSignal): Promise<ProviderModel[]>;
  /** What is known of a model, by the provider's name for it; null where nothing is. */
  factsOf?(model: string): ModelFacts | null;
  /** The prices of a model; null where they are unknown. */
  pricesOf?(model: string): ModelPrices | null;
  /** Ends its connections when its requests have ended; it gets no new ones. Resolves then. */
  retire(): Promise<void>;
  /** Ends its connections at once. */
  close(): Promise<void>;
}
