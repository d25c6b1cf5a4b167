import { AppError, type ModelDelta } from '@antiphon/contracts';
import { Pool } from 'undici';
import type { ModelFacts, ModelPrices } from '../models/model-facts.ts';
import type { ModelQuirks } from '../protocols/quirks/provider-quirks.ts';
import { type QuirkSource, quirksFor } from '../protocols/quirks/resolve-quirks.ts';
import type {
  HostedToolsSetting,
  ModelTarget,
  Protocol,
  ProtocolCall,
  ProviderTarget,
} from '../protocols/protocol.ts';
import type { RoomLimits } from '../routing/rooms/provider-rooms.ts';
import type { Authorizer } from './auth/authorizer.ts';
import { embedInBatches } from './embed-in-batches.ts';
import type { EmbeddingRequest, Embeddings } from './embeddings.ts';
import { protocolError } from './errors/provider-errors.ts';
import { EventStream, type Gathering } from './http/event-stream.ts';
import type { FramingName } from './http/framing/framing.ts';
import { framingOf } from './http/framing/framings.ts';
import { callJson } from './http/json-call.ts';
import type { LinkedContent } from './links/linked-content.ts';
import { readImages } from './images/image-answers.ts';
import { imageReader } from './images/image-sources.ts';
import { type MadeImagePiece, noImages, type ProviderImageRequest } from './images/images.ts';
import { mergeDeltas } from './merge-deltas.ts';
import type { Provider, ProviderModel, ProviderRequest } from './provider.ts';

export interface HttpProviderOptions {
  /** The name in routes (`name/model`), model lists and metrics. */
  name: string;
  /** The name in messages; omitted: `name`. */
  title?: string;
  protocol: Protocol;
  quirks: QuirkSource;
  /** Null: links are passed on regardless of the quirks. */
  linkedContent: LinkedContent | null;
  /** Up to and including the version: `https://api.openai.com/v1`. */
  baseUrl: string;
  authorizer: Authorizer;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>>;
  /** The account that reasoning and call data belong to; omitted: the host. */
  account?: string;
  /** Where hosted tools run; omitted: `ours`. */
  hostedTools?: HostedToolsSetting;
  /** What the catalogue knows of a model; omitted: nothing. */
  factsOf?: (model: string) => ModelFacts | null;
  /** The prices of a model; omitted: unknown. */
  pricesOf?: (model: string) => ModelPrices | null;
  /** The only models that are offered; omitted or null: those that the provider lists. */
  models?: readonly string[] | null;
  connectTimeoutMs: number;
  /** The longest wait for the answer's headers. */
  firstByteTimeoutMs: number;
  /** The longest wait between two pieces of an answer. */
  silenceTimeoutMs: number;
  /** Overrides both timeouts for the first entry that matches the model. */
  silenceByModel: readonly { names: RegExp; timeoutMs: number }[];
  /** Requests at the same time, and how many more may wait. */
  room: RoomLimits;
  answerBytesMax: number;
  /** Requests at the same time for the texts of one embedding request. */
  embeddingRequestsMax: number;
  /** When answers are asked for as streams. */
  streams: ProviderStreams;
}

/**
 * `always`: silence is noticed, proxies see a living connection, and a broken answer shows what came before. `when_read`: answers that no
 * client reads as they come are asked for as one JSON body, which costs less to read.
 */
export type ProviderStreams = 'always' | 'when_read';

/** The timeout of model lists and embeddings, in milliseconds. */
const callTimeoutMs = 60_000;
/** Bytes of a list of models. */
const listBytesMax = 16 * 1024 * 1024;
/** Bytes of the answer to an embedding request, for each of its texts: 8,192 numbers. */
const vectorBytesMax = 256 * 1024;

/** The idle time before the first TCP keep-alive probe, in milliseconds. */
const aliveAfterMs = 15_000;

/** Cheap beside a message a token, and hardly a delay for what a run shows of a broken answer. */
const gathering = { merge: mergeDeltas, holdMs: 1_000 };

const streamTypes: Record<FramingName, string> = {
  sse: 'text/event-stream',
  lines: 'application/x-ndjson',
  'aws-event-stream': 'application/vnd.amazon.eventstream',
};

/** A configured provider: a pool of connections, limits, credentials and quirks. What is sent and read is its protocol's matter. */
export class HttpProvider implements Provider {
  readonly name: string;
  private readonly target: ProviderTarget;
  private readonly origin: string;
  private readonly pool: Pool;
  private readonly streamHeaders: Record<FramingName, Record<string, string>>;
  private readonly wholeHeaders: Record<string, string>;
  /** Whatever needs the pool. */
  private holds = 0;
  private retired: PromiseWithResolvers<void> | null = null;

  constructor(private readonly options: HttpProviderOptions) {
    this.name = options.name;
    const { origin, host, pathname, search } = new URL(options.baseUrl);
    this.origin = origin;
    this.target = {
      title: options.title ?? options.name,
      account: options.account ?? host,
      basePath: pathname.replace(/\/+$/, ''),
      query: search,
      host,
      hostedTools: options.hostedTools ?? 'ours',
    };
    const headers = headersOf(options);
    this.wholeHeaders = { ...headers, accept: 'application/json' };
    this.streamHeaders = {
      sse: { ...headers, accept: streamTypes.sse },
      lines: { ...headers, accept: streamTypes.lines },
      'aws-event-stream': { ...headers, accept: streamTypes['aws-event-stream'] },
    };
    this.pool = new Pool(origin, {
      connections: options.room.concurrencyMax,
      // TCP keep-alive detects a lost peer, so that a long silence means a living connection.
      connect: { timeout: options.connectTimeoutMs, keepAlive: true, keepAliveInitialDelay: aliveAfterMs },
      headersTimeout: options.firstByteTimeoutMs,
      bodyTimeout: options.silenceTimeoutMs,
      allowH2: false,
    });
  }

  get room(): RoomLimits {
    return this.options.room;
  }

  stream(
    request: ProviderRequest,
    signal: AbortSignal,
    onOutput?: () => void,
  ): AsyncIterable<ModelDelta[], undefined> {
    this.refuseUnoffered(request.model);
    const quirks = this.quirksOf(request.model);
    const { linkedContent } = this.options;
    return linkedContent?.isNeeded(request.items, quirks) === true
      ? this.streamWithLinks(linkedContent, request, quirks, signal, onOutput)
      : this.ask(request, quirks, signal, onOutput);
  }

  private async *streamWithLinks(
    linkedContent: LinkedContent,
    request: ProviderRequest,
    quirks: ModelQuirks,
    signal: AbortSignal,
    onOutput?: () => void,
  ): AsyncGenerator<ModelDelta[], undefined> {
    this.hold();
    try {
      const { items, release } = await linkedContent.inline(request.items, quirks, signal);
      try {
        const answer = this.ask({ ...request, items }, quirks, signal, onOutput);
        for await (const burst of answer) yield burst;
        return undefined;
      } finally {
        release();
      }
    } finally {
      this.release();
    }
  }

  private ask(
    request: ProviderRequest,
    quirks: ModelQuirks,
    signal: AbortSignal,
    onOutput?: () => void,
  ): EventStream<ModelDelta> {
    const gathers = request.gather === true;
    const isStreamed = !gathers || this.options.streams === 'always';
    const turn = this.options.protocol.turn(request, this.targetOf(request.model, quirks, isStreamed));
    const how = { model: request.model, isStreamed, gathering: gathers ? gathering : null, onOutput };
    return this.post(turn, how, signal);
  }

  private post<Piece>(
    call: ProtocolCall<Piece, string | Buffer>,
    how: HowPosted<Piece>,
    signal: AbortSignal,
  ): EventStream<Piece> {
    const { options } = this;
    const silenceMs = options.silenceByModel.find(({ names }) => names.test(how.model))?.timeoutMs;
    this.hold();
    const stream = new EventStream(
      this.pool,
      {
        provider: this.target.title,
        path: call.path,
        body: call.body,
        authorizer: options.authorizer,
        firstByteTimeoutMs: silenceMs ?? options.firstByteTimeoutMs,
        silenceTimeoutMs: silenceMs ?? options.silenceTimeoutMs,
        answerBytesMax: options.answerBytesMax,
        onOutput: how.onOutput ?? (() => undefined),
        onClose: this.release,
      },
      call.decoder,
      signal,
      how.gathering,
    );
    this.send(stream, call, how.isStreamed);
    return stream;
  }

  /** Sends at once where neither the credentials nor the framing have to be waited for. */
  private send<Piece>(
    stream: EventStream<Piece>,
    call: ProtocolCall<Piece, string | Buffer>,
    isStreamed: boolean,
  ): void {
    const own = isStreamed ? this.streamHeaders[call.framing] : this.wholeHeaders;
    const headers = this.authorized(call.headers === undefined ? own : { ...own, ...call.headers }, {
      method: 'POST',
      path: call.path,
      body: call.body,
    });
    const framing = framingOf(call.framing);
    if (headers instanceof Promise || framing instanceof Promise)
      Promise.all([headers, framing]).then((ready) => stream.send(...ready), stream.refuse);
    else stream.send(headers, framing);
  }

  async embed(request: EmbeddingRequest, signal: AbortSignal): Promise<Embeddings> {
    const { embeddings } = this.options.protocol;
    const { title } = this.target;
    if (embeddings === null)
      throw new AppError('model_not_found', `The provider ${title} embeds no texts`, { param: 'model' });
    this.refuseUnoffered(request.model);
    this.hold();
    try {
      const target = this.targetOf(request.model, this.quirksOf(request.model), false);
      const batch = embeddings.batch(request.model, target);
      const ask = async (part: EmbeddingRequest, partSignal: AbortSignal) => {
        const count = part.input.length;
        const { path, body } = embeddings.call(part, target);
        const answerBytesMax = (count + 1) * vectorBytesMax;
        const reply = await this.callJson({ method: 'POST', path, body, answerBytesMax }, partSignal);
        return embeddings.read(reply, count, title);
      };
      const requestsMax = this.options.embeddingRequestsMax;
      return await embedInBatches(request, { batch, requestsMax, ask }, signal);
    } finally {
      this.release();
    }
  }

  get makesImages(): boolean {
    return this.options.protocol.images !== null && quirksFor('', this.options.quirks).images;
  }

  async *makeImages(
    request: ProviderImageRequest,
    signal: AbortSignal,
  ): AsyncGenerator<MadeImagePiece[], undefined> {
    const { protocol, quirks: source, linkedContent } = this.options;
    const { title } = this.target;
    const { model } = request;
    const quirks = quirksFor(model, source);
    if (protocol.images === null || !quirks.images) throw noImages(`The provider ${title} makes no images`);
    this.refuseUnoffered(model);
    this.hold();
    try {
      const read = imageReader(linkedContent, signal);
      const calls = protocol.images.calls(await read.request(request), this.targetOf(model, quirks, false));
      const how = { model, isStreamed: false, gathering: null };
      yield* readImages(
        calls.map((call) => this.post(call, how, signal)),
        { title, read },
      );
      return undefined;
    } finally {
      this.release();
    }
  }

  async listModels(signal: AbortSignal): Promise<ProviderModel[]> {
    const { protocol, models } = this.options;
    if (models) return models.map((id) => ({ id, createdAt: 0 }));
    const { title } = this.target;
    if (protocol.models === null) throw protocolError(title, 'has no list of models');
    const path = protocol.models.path(this.target);
    this.hold();
    try {
      const call = { method: 'GET', path, body: null, answerBytesMax: listBytesMax } as const;
      return protocol.models.read(await this.callJson(call, signal), title);
    } finally {
      this.release();
    }
  }

  factsOf(model: string): ModelFacts | null {
    return this.options.factsOf?.(model) ?? null;
  }

  pricesOf(model: string): ModelPrices | null {
    return this.options.pricesOf?.(model) ?? null;
  }

  async retire(): Promise<void> {
    this.retired ??= Promise.withResolvers();
    if (this.holds === 0) this.retired.resolve();
    await this.retired.promise;
    // An answer is over a moment before its connection is free.
    await this.pool.close();
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private hold(): void {
    this.holds++;
  }

  private readonly release = (): void => {
    if (--this.holds === 0) this.retired?.resolve();
  };

  private async callJson(
    call: { method: 'GET' | 'POST'; path: string; body: string | null; answerBytesMax: number },
    signal: AbortSignal,
  ): Promise<unknown> {
    const { authorizer } = this.options;
    const headers = await this.authorized(this.wholeHeaders, call);
    return callJson(
      this.pool,
      { ...call, provider: this.target.title, headers, timeoutMs: callTimeoutMs, authorizer },
      signal,
    );
  }

  private authorized(
    headers: Record<string, string>,
    { method, path, body }: { method: 'GET' | 'POST'; path: string; body: string | Buffer | null },
  ): Record<string, string> | Promise<Record<string, string>> {
    const { authorizer } = this.options;
    if (authorizer.type === 'fixed') return headers;
    const url = `${this.origin}${path}`;
    return authorizer.sign({ method, url, body }).then((signed) => ({ ...headers, ...signed }));
  }

  private quirksOf(model: string): ModelQuirks {
    const { quirks, protocol } = this.options;
    return quirksFor(model, { ...quirks, protocol: protocol.quirks });
  }

  private targetOf(model: string, quirks: ModelQuirks, isStreamed: boolean): ModelTarget {
    return { ...this.target, quirks, facts: this.factsOf(model), isStreamed };
  }

  private refuseUnoffered(model: string): void {
    const { models } = this.options;
    if (!models || models.includes(model)) return;
    throw new AppError(
      'model_not_found',
      `The provider ${this.target.title} does not offer the model "${model.slice(0, 200)}"`,
      { param: 'model' },
    );
  }
}

/** How a call is posted. */
interface HowPosted<Piece> {
  model: string;
  isStreamed: boolean;
  gathering: Gathering<Piece> | null;
  onOutput?: (() => void) | undefined;
}

/** The headers of every request. */
function headersOf({ authorizer, headers = {} }: HttpProviderOptions): Record<string, string> {
  return {
    'content-type': 'application/json',
    'user-agent': 'antiphon',
    ...headers,
    ...(authorizer.type === 'fixed' && authorizer.headers),
  };
}
