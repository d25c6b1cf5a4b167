import { AppError, type ModelDelta } from '@antiphon/contracts';
import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { fetch as undiciFetch, Pool } from 'undici';
import { z } from 'zod';
import { ChatAnswer } from '../protocols/chat-completions/chat-answer.ts';
import type { EmbeddingRequest, Embeddings } from './embeddings.ts';
import { EventStream } from './http/event-stream.ts';
import type { LinkedContent } from './links/linked-content.ts';
import type { ModelQuirks } from '../protocols/chat-completions/quirks/provider-quirks.ts';
import type { Provider, ProviderModel, ProviderRequest } from './provider.ts';
import { type QuirkSource, quirksFor } from '../protocols/chat-completions/quirks/resolve-quirks.ts';
import { mergeDeltas } from './merge-deltas.ts';
import { toChatParams } from '../protocols/chat-completions/request/chat-params.ts';
import {
  abortError,
  protocolError,
  providerError,
  transportError,
  withoutKey,
} from './errors/provider-errors.ts';
import { estimateInputTokens } from './token-estimate.ts';

export interface OpenAICompatibleOptions {
  /** The name in routes (`name/model`), model lists and metrics. */
  name: string;
  /** The name in messages; omitted: `name`. */
  title?: string;
  quirks: QuirkSource;
  /** Null: links are passed on regardless of the quirks. */
  linkedContent: LinkedContent | null;
  /** Up to and including the version: `https://api.openai.com/v1`. */
  baseUrl: string;
  /** Null for servers without a key. */
  apiKey: string | null;
  connectTimeoutMs: number;
  /** The longest wait for the answer's headers. */
  firstByteTimeoutMs: number;
  /** The longest wait between two pieces of an answer. */
  silenceTimeoutMs: number;
  /** Overrides both timeouts for the first entry that matches the model. */
  silenceByModel: readonly { names: RegExp; timeoutMs: number }[];
  /** Requests at the same time; more are `rate_limited`. */
  concurrencyMax: number;
  answerBytesMax: number;
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

/** The idle time before the first TCP keep-alive probe, in milliseconds. */
const aliveAfterMs = 15_000;

/** Cheap beside a message a token, and hardly a delay for what a run shows of a broken answer. */
const gathering = { merge: mergeDeltas, holdMs: 1_000 };

/** Any server that speaks OpenAI's chat completions. */
export class OpenAICompatibleProvider implements Provider {
  readonly name: string;
  readonly #title: string;
  readonly #pool: Pool;
  readonly #client: OpenAI;
  readonly #host: string;
  readonly #path: string;
  readonly #headers: Record<string, string>;
  readonly #wholeHeaders: Record<string, string>;
  #underWay = 0;

  constructor(private readonly options: OpenAICompatibleOptions) {
    this.name = options.name;
    this.#title = options.title ?? options.name;
    const baseUrl = new URL(options.baseUrl);
    this.#host = baseUrl.host;
    this.#path = `${baseUrl.pathname.replace(/\/$/, '')}/chat/completions${baseUrl.search}`;
    this.#headers = {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      'user-agent': 'antiphon',
      ...(options.apiKey !== null && { authorization: `Bearer ${options.apiKey}` }),
    };
    this.#wholeHeaders = { ...this.#headers, accept: 'application/json' };
    this.#pool = new Pool(baseUrl.origin, {
      connections: options.concurrencyMax,
      // TCP keep-alive detects a lost peer, so that a long silence means a living connection.
      connect: { timeout: options.connectTimeoutMs, keepAlive: true, keepAliveInitialDelay: aliveAfterMs },
      headersTimeout: options.firstByteTimeoutMs,
      bodyTimeout: options.silenceTimeoutMs,
      allowH2: false,
    });
    this.#client = createClient(options, this.#pool);
  }

  stream(request: ProviderRequest, signal: AbortSignal): AsyncIterable<ModelDelta[], undefined> {
    const quirks = quirksFor(request.model, this.options.quirks);
    const { linkedContent } = this.options;
    return linkedContent?.isNeeded(request.items, quirks) === true
      ? this.#streamWithLinks(linkedContent, request, quirks, signal)
      : this.#ask(request, quirks, signal);
  }

  async *#streamWithLinks(
    linkedContent: LinkedContent,
    request: ProviderRequest,
    quirks: ModelQuirks,
    signal: AbortSignal,
  ): AsyncGenerator<ModelDelta[], undefined> {
    const { items, release } = await linkedContent.inline(request.items, quirks, signal);
    try {
      for await (const burst of this.#ask({ ...request, items }, quirks, signal)) yield burst;
      return undefined;
    } finally {
      release();
    }
  }

  #ask(request: ProviderRequest, quirks: ModelQuirks, signal: AbortSignal): EventStream<ModelDelta> {
    this.#refuseTooMany();
    const { options } = this;
    const provider = this.#title;
    const host = this.#host;
    const gathers = request.gather === true;
    const isStreamed = !gathers || options.streams === 'always';
    const body = JSON.stringify(toChatParams(request, quirks, { host, isStreamed }));
    const answer = new ChatAnswer({
      provider,
      host,
      model: request.model,
      estimateInputTokens: () => estimateInputTokens(request),
    });
    const silenceMs = options.silenceByModel.find(({ names }) => names.test(request.model))?.timeoutMs;
    this.#underWay++;
    return new EventStream(
      this.#pool,
      {
        provider,
        path: this.#path,
        headers: isStreamed ? this.#headers : this.#wholeHeaders,
        body,
        key: options.apiKey,
        firstByteTimeoutMs: silenceMs ?? options.firstByteTimeoutMs,
        silenceTimeoutMs: silenceMs ?? options.silenceTimeoutMs,
        answerBytesMax: options.answerBytesMax,
        onClose: () => this.#underWay--,
      },
      answer,
      signal,
      gathers ? gathering : null,
    );
  }

  async embed(request: EmbeddingRequest, signal: AbortSignal): Promise<Embeddings> {
    this.#refuseTooMany();
    this.#underWay++;
    try {
      const { data, usage } = await this.#client.embeddings.create(toEmbeddingParams(request), { signal });
      return readEmbeddings(this.#title, request.input.length, data, usage);
    } catch (error) {
      throw error instanceof AppError ? error : this.#clientError(error, 'sent no embeddings', signal);
    } finally {
      this.#underWay--;
    }
  }

  async listModels(signal: AbortSignal): Promise<ProviderModel[]> {
    try {
      const page = await this.#client.models.list({ signal });
      return page.data
        .filter((model) => typeof model.id === 'string')
        .map((model) => ({ id: model.id, createdAt: Math.max(0, Math.floor(Number(model.created) || 0)) }));
    } catch (error) {
      throw this.#clientError(error, 'sent no list of models', signal);
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  #refuseTooMany(): void {
    if (this.#underWay < this.options.concurrencyMax) return;
    throw new AppError(
      'rate_limited',
      `Too many requests to the provider ${this.#title} are under way; try again later`,
    );
  }

  /** Converts an error of the client library; `complaint` describes an invalid answer. */
  #clientError(error: unknown, complaint: string, signal: AbortSignal): Error {
    if (error instanceof APIUserAbortError || signal.aborted) return abortError(signal);
    if (error instanceof APIConnectionTimeoutError) return transportError(this.#title, error, true);
    if (error instanceof APIConnectionError) return transportError(this.#title, error.cause, false);
    if (error instanceof APIError) {
      // instanceof leaves the class's type parameters open.
      const { status = 500, headers = new Headers(), error: body } = error as APIError;
      return withoutKey(
        providerError(this.#title, { status, headers, body: { error: body } }),
        this.options.apiKey,
      );
    }
    return protocolError(this.#title, complaint, error);
  }
}

function toEmbeddingParams({ model, input, dimensions }: EmbeddingRequest): OpenAI.EmbeddingCreateParams {
  // The client's default is base64, which not every compatible server supports.
  return { model, input, encoding_format: 'float', ...(dimensions !== null && { dimensions }) };
}

const Vector = z.object({ index: z.number().int().nonnegative(), embedding: z.array(z.number()).min(1) });

/** The vectors in the order of the texts; a provider may send them in any order. */
function readEmbeddings(provider: string, count: number, data: unknown, usage: unknown): Embeddings {
  const parsed = z.array(Vector).safeParse(data);
  if (!parsed.success) throw protocolError(provider, 'sent no embeddings', parsed.error);
  const vectors = parsed.data
    .sort((a, b) => a.index - b.index)
    .map(({ embedding }) => Float32Array.from(embedding));
  const isWhole = parsed.data.length === count && parsed.data.every(({ index }, place) => index === place);
  if (!isWhole || vectors.some((vector) => vector.length !== vectors[0]?.length))
    throw protocolError(provider, 'did not embed each text once');
  const counted = z.object({ prompt_tokens: z.number().int().nonnegative() }).safeParse(usage);
  return { vectors, inputTokens: counted.data?.prompt_tokens ?? 0 };
}

/** The client library, for everything but the stream of an answer: it shares the pool and leaves retries to us. */
function createClient(options: OpenAICompatibleOptions, pool: Pool): OpenAI {
  return new OpenAI({
    // The client requires a key; a server without keys gets no header.
    apiKey: options.apiKey ?? 'none',
    ...(options.apiKey === null && { defaultHeaders: { authorization: null } }),
    baseURL: options.baseUrl,
    maxRetries: 0,
    timeout: callTimeoutMs,
    // undici's fetch and the global one differ only in where their types are declared.
    fetch: undiciFetch as unknown as typeof globalThis.fetch,
    fetchOptions: { dispatcher: pool },
    logLevel: 'off',
  });
}
