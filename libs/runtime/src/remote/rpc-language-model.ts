import { type Caller, llmModels, llmStream, type ModelDelta, type ModelRequest } from '@antiphon/contracts';
import { BusClient, type TraceContext } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

/** Nest's token for the `TracedModel`. */
export const LANGUAGE_MODEL = Symbol('language model');
/** Nest's token for the `ModelDirectory`. */
export const MODEL_DIRECTORY = Symbol('model directory');
/** Nest's token for the longest wait of a turn for an llm service that is away, in milliseconds. */
export const MODEL_WAIT_MS = Symbol('model wait');

/** How long the llm service may take to answer whether it serves a model: it may have to request its providers' lists. */
const namedTimeoutMs = 5_000;
/** How many names of served models are cached, and for how long. */
const servedMax = 1_000;
const servedForMs = 10_000;

/** The engine's model port, with the trace of the run. */
export interface TracedModel {
  stream(
    caller: Caller,
    request: Omit<ModelRequest, 'caller'>,
    signal: AbortSignal,
    trace: TraceContext,
  ): AsyncIterable<readonly ModelDelta[]>;
}

/** Knows which models are served. */
export interface ModelDirectory {
  /** Throws `model_not_found` where no provider serves a model of this name, and `unavailable` where the llm service does not answer. */
  assertServed(model: string, signal: AbortSignal): Promise<void>;
}

/** The models of the llm service, over the bus. */
@Injectable()
export class RpcLanguageModel implements TracedModel, ModelDirectory {
  private readonly served = new LRUCache<string, true>({ max: servedMax, ttl: servedForMs });

  constructor(
    private readonly bus: BusClient,
    @Inject(MODEL_WAIT_MS) private readonly waitMs: number,
  ) {}

  async assertServed(model: string, signal: AbortSignal): Promise<void> {
    if (this.served.has(model)) return;
    await this.bus.call(llmModels, { named: model }, namedTimeoutMs, signal);
    this.served.set(model, true);
  }

  stream(
    caller: Caller,
    request: Omit<ModelRequest, 'caller'>,
    signal: AbortSignal,
    trace: TraceContext,
  ): AsyncIterable<readonly ModelDelta[]> {
    return this.bus.stream(llmStream, { caller, ...request }, signal, trace, this.waitMs);
  }
}
