import { type Caller, llmModels, llmStream, type ModelDelta, type ModelRequest } from '@antiphon/contracts';
import type { BusClient, TraceContext } from '@antiphon/service-kit';
import { LRUCache } from 'lru-cache';

/** How long the llm service may take to say whether it serves a model: it may have to ask its providers for their lists. */
const namedTimeoutMs = 5_000;
/** How many names are remembered as served, and for how long. */
const servedMax = 1_000;
const servedForMs = 10_000;

/** The engine's model, told to which trace a turn belongs. */
export interface TracedModel {
  stream(
    caller: Caller,
    request: Omit<ModelRequest, 'caller'>,
    signal: AbortSignal,
    trace: TraceContext,
  ): AsyncIterable<readonly ModelDelta[]>;
}

/** Whatever knows which models there are. */
export interface ModelDirectory {
  /** Throws `model_not_found` where no provider serves a model of this name, and `unavailable` where that cannot be asked. */
  assertServed(model: string, signal: AbortSignal): Promise<void>;
}

/** A model that is asked of the llm service. */
export class RpcLanguageModel implements TracedModel, ModelDirectory {
  private readonly served = new LRUCache<string, true>({ max: servedMax, ttl: servedForMs });

  constructor(
    private readonly bus: BusClient,
    /** How long a turn waits for an llm service that is away. */
    private readonly waitMs: number,
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
