import {
  AppError,
  type ImagePiece,
  type ImageRequest,
  type JsonObject,
  type ModelRequest,
  type ModelSource,
  noUsage,
  type Usage,
} from '@antiphon/contracts';
import {
  callerAttributes,
  type Logger,
  noTracing,
  type TraceContext,
  type Tracing,
} from '@antiphon/service-kit';
import { costOf } from '../models/cost.ts';
import type { ListedModel } from '../models/listed-model.ts';
import type { EmbeddingRequest, Embeddings } from '../providers/embeddings.ts';
import { abortError, needsOperator, ProviderFault } from '../providers/errors/provider-errors.ts';
import { noImages } from '../providers/images/images.ts';
import type { Provider } from '../providers/provider.ts';
import type { ProvidersInUse } from '../providers/provider-set.ts';
import { recordAnswer } from '../usage/answer-metrics.ts';
import { type AttemptClock, type AttemptLimits, systemClock } from './attempts/attempt-limits.ts';
import { AttemptLog } from './attempts/attempt-log.ts';
import { Deadline } from './attempts/deadline.ts';
import { isFiltered, openAnswer, type OpenedAnswer } from './attempts/open-answer.ts';
import { type AttemptedCall, runAttempts } from './attempts/run-attempts.ts';
import { imageAnswer, openImages, type OpenedImages } from './image-answer.ts';
import type { ModelHealth } from './health/model-health.ts';
import type { ModelCatalog } from './model-catalog.ts';
import { type Candidate, keyOf, type ModelPlan } from './plan/candidate.ts';
import { ProviderRooms } from './rooms/provider-rooms.ts';
import { RoutedAnswer } from './routed-answer.ts';

export interface ModelRouterOptions {
  embeddingModel?: string | null;
  images?: ImageRouting;
  tracing?: Tracing;
  clock?: AttemptClock;
  /** Logs a line for every failure that the operator has to fix. */
  logger?: Pick<Logger, 'warn'>;
  rooms?: ProviderRooms;
}

/** What the operator set for images. */
export interface ImageRouting {
  /** For requests that name no model; null: the first listed model that makes images. */
  model: string | null;
  /** For all attempts, until the last image. */
  timeoutMs: number;
}

const usualImages: ImageRouting = { model: null, timeoutMs: 600_000 };

/** A model turn, as the services of this system or a client of chat completions ask for it. */
export interface RoutedRequest extends ModelRequest {
  chatFields?: JsonObject;
  /** The caller gets the whole answer or an error, so an interrupted answer can be retried. */
  isHeld?: boolean;
}

/** Sends a model turn to the candidates of its model until one answers, and counts the outcome. */
export class ModelRouter {
  private providers: ReadonlyMap<string, Provider> = new Map();
  /** The model for embeddings where a caller names none; null where none is configured. */
  readonly embeddingModel: string | null;
  private readonly images: ImageRouting;
  private readonly tracing: Tracing;
  private readonly clock: AttemptClock;
  private readonly logger: ModelRouterOptions['logger'];
  private readonly rooms: ProviderRooms;

  constructor(
    inUse: ProvidersInUse,
    private readonly catalog: ModelCatalog,
    private readonly health: ModelHealth,
    private readonly limits: AttemptLimits,
    options: ModelRouterOptions = {},
  ) {
    this.embeddingModel = options.embeddingModel ?? null;
    this.images = options.images ?? usualImages;
    this.tracing = options.tracing ?? noTracing;
    this.clock = options.clock ?? systemClock;
    this.logger = options.logger;
    this.rooms = options.rooms ?? new ProviderRooms();
    this.use(inUse);
  }

  /** Replaces the providers. */
  use({ providers }: ProvidersInUse): void {
    this.providers = new Map(providers.map((provider) => [provider.name, provider]));
    this.rooms.use(new Map(providers.flatMap(({ name, room }) => (room ? [[name, room]] : []))));
  }

  /** Sends the request when the answer is first pulled. */
  ask(request: RoutedRequest, signal: AbortSignal, trace: TraceContext = null): RoutedAnswer {
    const log = new AttemptLog(this.health, this.clock.nowMs, this.report);
    const deadline = new Deadline(signal, this.limits.timeoutMs);
    const { caller, isHeld = false, avoid = [], ...asked } = request;
    const call: AttemptedCall<OpenedAnswer> = {
      isFiltered,
      setAside: ({ attempt }) => attempt.end('content_filter'),
      ask: (candidate, leave) => {
        const sent = { ...asked, model: candidate.model, chatFields: request.chatFields ?? {} };
        const attempt = log.begin(candidate, leave);
        const stream = () => this.provider(candidate).stream(sent, deadline.signal, attempt.answered);
        return openAnswer(stream, attempt, { isHeld, signal: deadline.signal });
      },
    };
    return new RoutedAnswer({
      signal,
      deadline,
      log,
      span: this.tracing.start('model turn', { parent: trace, attributes: callerAttributes(caller) }),
      modelLabel: () => this.labelOf(log.latest),
      costOf: (candidate, usage) => this.costOf(candidate, usage),
      open: async () =>
        this.run(avoiding(await this.catalog.plan(request.model), avoid), call, deadline.signal),
    });
  }

  /** Embeds texts with a named model, without a default. */
  async embed(
    model: string,
    request: Omit<EmbeddingRequest, 'model'>,
    signal: AbortSignal,
  ): Promise<Embeddings> {
    const startedAtMs = performance.now();
    const log = new AttemptLog(this.health, this.clock.nowMs, this.report);
    const deadline = new Deadline(signal, this.limits.timeoutMs);
    const record = (outcome: string, inputTokens: number | null) =>
      recordAnswer({
        provider: log.latest?.provider ?? 'none',
        model: this.labelOf(log.latest, model === this.embeddingModel),
        outcome,
        seconds: (performance.now() - startedAtMs) / 1000,
        usage: inputTokens === null ? null : { ...noUsage, inputTokens, totalTokens: inputTokens },
      });
    const ask = async (candidate: Candidate, leave: () => void): Promise<Embeddings> => {
      const attempt = log.begin(candidate, leave);
      try {
        const asked = { ...request, model: candidate.model };
        const embeddings = await this.provider(candidate).embed(asked, deadline.signal);
        attempt.end('ok');
        return embeddings;
      } catch (error) {
        attempt.end(deadline.signal.aborted ? 'cancelled' : AppError.from(error));
        throw error;
      }
    };
    try {
      const plan = this.catalog.planEmbedding(model);
      const embeddings = await this.run(
        plan,
        { ask, isFiltered: () => false, setAside: () => undefined },
        deadline.signal,
      );
      record('ok', embeddings.inputTokens);
      return embeddings;
    } catch (thrown) {
      const error = signal.aborted ? abortError(signal) : AppError.from(thrown);
      record(error.code, null);
      throw error;
    } finally {
      deadline.close();
    }
  }

  /** Makes or edits images. Sends the request when the first piece is pulled. */
  makeImages(
    { caller: _, model, ...request }: ImageRequest,
    signal: AbortSignal,
  ): AsyncGenerator<ImagePiece[], undefined> {
    const log = new AttemptLog(this.health, this.clock.nowMs, this.report);
    const deadline = new Deadline(signal, this.images.timeoutMs, 'No provider has made the images');
    const call: AttemptedCall<OpenedImages> = {
      isFiltered: () => false,
      setAside: () => undefined,
      ask: (candidate, leave) => {
        const attempt = log.begin(candidate, leave);
        const make = () => {
          const provider = this.provider(candidate);
          if (provider.makeImages === undefined)
            throw noImages(`The provider ${provider.name} makes no images`);
          return provider.makeImages({ ...request, model: candidate.model }, deadline.signal);
        };
        return openImages(make, attempt, { isHeld: request.partialImages === 0, signal: deadline.signal });
      },
    };
    return imageAnswer({
      signal: deadline.signal,
      open: async () =>
        this.run(await this.catalog.planImages(model ?? this.images.model), call, deadline.signal),
      labels: () => ({
        provider: log.latest?.provider ?? 'none',
        model: this.labelOf(log.latest, model === null || model === this.images.model),
      }),
      onClose: () => deadline.close(),
    });
  }

  private run<Value>(plan: ModelPlan, call: AttemptedCall<Value>, signal: AbortSignal): Promise<Value> {
    const { limits, clock, health, rooms } = this;
    return runAttempts(
      health.withoutSwitchedOff(plan),
      call,
      { limits, clock, view: health, takeRepeat: health.takeRepeat, rooms },
      signal,
    );
  }

  /** Errors about the operator's account are hidden from callers, so the log has the provider's message. */
  private readonly report = (error: AppError, { provider, model }: Candidate): void => {
    const { code, cause } = error;
    if (!needsOperator(error) || !(cause instanceof ProviderFault)) return;
    const line = { provider, model, code, status: cause.status };
    this.logger?.warn({ ...line, reply: cause.message }, 'the provider cannot be used as it is configured');
  };

  /** Each unlisted name would make a new time series, without a limit. */
  private labelOf(candidate: Candidate | null, isNamed = false): string {
    return candidate !== null && (isNamed || this.catalog.isListed(candidate)) ? candidate.model : 'unlisted';
  }

  private costOf({ provider, model }: Candidate, usage: Usage): number | null {
    const prices = this.providers.get(provider)?.pricesOf?.(model) ?? null;
    return prices === null ? null : costOf(usage, prices);
  }

  private provider({ provider: name }: Candidate): Provider {
    const provider = this.providers.get(name);
    if (provider === undefined)
      throw new AppError('model_not_found', `The provider ${name} is no longer configured`, {
        param: 'model',
      });
    return provider;
  }

  /** Throws `model_not_found` where no provider serves a model of this name. */
  async assertServed(name: string): Promise<void> {
    await this.catalog.plan(name);
  }

  /** Throws `model_refused` where no provider makes images with a model, or with the one of requests that name none. */
  async assertMakesImages(name: string | null): Promise<void> {
    await this.catalog.planImages(name ?? this.images.model);
  }

  /** Without those of providers that an administrator has switched off. */
  models(): Promise<ListedModel[]> {
    return this.catalog.models((provider) => this.health.isOn(provider));
  }
}

/** The plan where answers of this turn have broken off at some candidates. */
function avoiding(plan: ModelPlan, broken: readonly ModelSource[]): ModelPlan {
  return broken.length === 0 ? plan : { ...plan, avoid: new Set(broken.map(keyOf)) };
}
