import { type Caller, llmStream, type ModelDelta, type ModelRequest } from '@antiphon/contracts';
import type { LanguageModel } from '@antiphon/engine';
import type { RpcBus } from '@antiphon/service-kit';

/** The engine's model, asked of the llm service. */
export class RpcLanguageModel implements LanguageModel {
  constructor(private readonly bus: RpcBus) {}

  stream(
    caller: Caller,
    request: Omit<ModelRequest, 'caller'>,
    signal: AbortSignal,
  ): AsyncIterable<readonly ModelDelta[]> {
    return this.bus.stream(llmStream, { caller, ...request }, signal);
  }
}
