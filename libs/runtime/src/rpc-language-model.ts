import { type Caller, llmStream, type ModelDelta, type ModelRequest } from '@antiphon/contracts';
import type { RpcBus, TraceContext } from '@antiphon/service-kit';

/** The engine's model, told to which trace a turn belongs. */
export interface TracedModel {
  stream(
    caller: Caller,
    request: Omit<ModelRequest, 'caller'>,
    signal: AbortSignal,
    trace: TraceContext,
  ): AsyncIterable<readonly ModelDelta[]>;
}

/** A model that is asked of the llm service. */
export class RpcLanguageModel implements TracedModel {
  constructor(
    private readonly bus: RpcBus,
    /** How long a turn waits for an llm service that is away. */
    private readonly waitMs: number,
  ) {}

  stream(
    caller: Caller,
    request: Omit<ModelRequest, 'caller'>,
    signal: AbortSignal,
    trace: TraceContext,
  ): AsyncIterable<readonly ModelDelta[]> {
    return this.bus.stream(llmStream, { caller, ...request }, signal, trace, this.waitMs);
  }
}
