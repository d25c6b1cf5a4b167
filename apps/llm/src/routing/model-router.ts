import { setTimeout as sleep } from 'node:timers/promises';
import {
  AppError,
  type JsonObject,
  type ModelDelta,
  type ModelRequest,
  noUsage,
} from '@antiphon/contracts';
import {
  callerAttributes,
  type Logger,
  noTracing,
  type TraceContext,
  type TraceSpan,
  type Tracing,
} from '@antiphon/service-kit';
import type { ModelRoute } from './model-name.ts';
import type { ListedModel } from '../models/listed-model.ts';
import type { EmbeddingRequest, Embeddings } from '../providers/embeddings.ts';
import {
  abortError,
  isTransient,
  needsOperator,
  ProviderFault,
} from '../providers/errors/provider-errors.ts';
import type { Provider } from '../providers/provider.ts';
import type { ProvidersInUse } from '../providers/provider-set.ts';
import { recordAnswer } from '../usage/answer-metrics.ts';
import type { ModelCatalog } from './model-catalog.ts';
import { retry, type RetryClock, retryUntilFirst, type RetryPolicy } from './retry.ts';

export interface ModelRouterOptions {
  embeddingModel?: string | null;
  tracing?: Tracing;
  clock?: RetryClock;
  /** Logs a line for every failure that the operator has to fix. */
  logger?: Pick<Logger, 'warn'>;
}

/** Sends a model turn to the provider of its model, retries where that is safe, and counts the outcome. */
export class ModelRouter {
  #providers: ReadonlyMap<string, Provider> = new Map();
  readonly #policy: RetryPolicy;
  /** The model for embeddings where a caller names none; null where none is configured. */
  readonly embeddingModel: string | null;
  private readonly tracing: Tracing;
  private readonly clock: RetryClock;
  private readonly logger: ModelRouterOptions['logger'];

  constructor(
    inUse: ProvidersInUse,
    private readonly catalog: ModelCatalog,
    policy: Omit<RetryPolicy, 'isTransient'>,
    options: ModelRouterOptions = {},
  ) {
    this.embeddingModel = options.embeddingModel ?? null;
    this.tracing = options.tracing ?? noTracing;
    this.clock = options.clock ?? systemClock;
    this.logger = options.logger;
    this.#policy = { ...policy, isTransient };
    this.use(inUse);
  }

  /** Other providers from now on. */
  use({ providers }: ProvidersInUse): void {
    this.#providers = new Map(providers.map((provider) => [provider.name, provider]));
  }

  /** Sends the request when the answer is first pulled. */
  ask(
    request: ModelRequest & { chatFields?: JsonObject },
    signal: AbortSignal,
    trace: TraceContext = null,
  ): RoutedAnswer {
    const attributes = callerAttributes(request.caller);
    const span = this.tracing.start('model turn', { parent: trace, attributes });
    const report = (error: AppError) => this.#report(error, answer.route);
    const answer = new RoutedAnswer(signal, this.catalog, { span, report }, () =>
      retryUntilFirst(
        async () => {
          const route = await this.catalog.resolve(request.model);
          answer.route = route;
          return this.#provider(route).stream(
            { ...request, model: route.model, chatFields: request.chatFields ?? {} },
            signal,
          );
        },
        this.#policy,
        this.clock,
        signal,
      ),
    );
    return answer;
  }

  /** Embeds texts with a named model, without a default. */
  async embed(
    model: string,
    request: Omit<EmbeddingRequest, 'model'>,
    signal: AbortSignal,
  ): Promise<Embeddings> {
    const startedAtMs = performance.now();
    const route = this.catalog.resolveEmbedding(model);
    const record = (outcome: string, inputTokens: number | null) =>
      recordAnswer({
        provider: route.provider,
        model: this.catalog.isListed(route) || model === this.embeddingModel ? route.model : 'unlisted',
        outcome,
        seconds: (performance.now() - startedAtMs) / 1000,
        usage: inputTokens === null ? null : { ...noUsage, inputTokens, totalTokens: inputTokens },
      });
    try {
      const embed = () => this.#provider(route).embed({ ...request, model: route.model }, signal);
      const embeddings = await retry(embed, this.#policy, this.clock, signal);
      record('ok', embeddings.inputTokens);
      return embeddings;
    } catch (thrown) {
      const error = signal.aborted ? abortError(signal) : AppError.from(thrown);
      record(error.code, null);
      this.#report(error, route);
      throw error;
    }
  }

  /** Errors about the operator's account are hidden from callers, so the log has the provider's words. */
  #report(error: AppError, route: ModelRoute | null): void {
    const { code, cause } = error;
    if (!needsOperator(error) || !(cause instanceof ProviderFault)) return;
    const line = { provider: route?.provider, model: route?.model, code, status: cause.status };
    this.logger?.warn({ ...line, reply: cause.message }, 'the provider cannot be used as it is configured');
  }

  #provider(route: ModelRoute): Provider {
    const provider = this.#providers.get(route.provider);
    if (provider === undefined) throw new AppError('internal', `no provider ${route.provider}`);
    return provider;
  }

  /** Throws `model_not_found` where no provider serves a model of this name. */
  async assertServed(name: string): Promise<void> {
    await this.catalog.resolve(name);
  }

  models(): Promise<ListedModel[]> {
    return this.catalog.models();
  }
}

/** The streamed answer to one model turn. */
export class RoutedAnswer implements AsyncIterableIterator<ModelDelta[], undefined> {
  /** Its provider and model, known from the first burst on. */
  route: ModelRoute | null = null;
  readonly #startedAtMs = performance.now();
  readonly #deltas: AsyncIterator<ModelDelta[], undefined>;
  #isRecorded = false;

  constructor(
    private readonly signal: AbortSignal,
    private readonly catalog: ModelCatalog,
    private readonly observed: { span: TraceSpan; report: (error: AppError) => void },
    open: () => AsyncIterator<ModelDelta[], undefined>,
  ) {
    this.#deltas = open();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<ModelDelta[], undefined>> {
    return this.#deltas.next().then(this.#passed, this.#failed);
  }

  async return(): Promise<IteratorResult<ModelDelta[], undefined>> {
    this.#record('cancelled');
    await this.#deltas.return?.();
    return { done: true, value: undefined };
  }

  readonly #passed = (
    result: IteratorResult<ModelDelta[], undefined>,
  ): IteratorResult<ModelDelta[], undefined> => {
    const last = result.value?.at(-1);
    if (last?.type === 'end') this.#record('ok', last);
    return result;
  };

  readonly #failed = (thrown: unknown): never => {
    const error = this.signal.aborted ? abortError(this.signal) : AppError.from(thrown);
    this.#record(error.code);
    this.observed.report(error);
    throw error;
  };

  #record(outcome: string, end?: ModelDelta & { type: 'end' }): void {
    if (this.#isRecorded) return;
    this.#isRecorded = true;
    const provider = this.route?.provider ?? 'none';
    // Each unlisted name would make a new time series, without a bound.
    const model = this.route !== null && this.catalog.isListed(this.route) ? this.route.model : 'unlisted';
    this.observed.span.end(outcome, {
      provider,
      model,
      ...(end && {
        'usage.input_tokens': end.usage.inputTokens,
        'usage.output_tokens': end.usage.outputTokens,
      }),
    });
    recordAnswer({
      provider,
      model,
      outcome,
      seconds: (performance.now() - this.#startedAtMs) / 1000,
      usage: end?.usage ?? null,
    });
  }
}

const systemClock: RetryClock = {
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
  random: Math.random,
};
