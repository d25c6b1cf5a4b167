export { describedRoutes, documentFaults, servedRoutes } from './api-document.ts';
export { MemoryBus } from '../bus/memory-bus.ts';
export { serve } from './serve.ts';
export { Gate } from './gate.ts';
export { OtlpReceiver, type ReceivedSpan } from './otlp-receiver.ts';
export { testCallerLimits } from './test-caller-limits.ts';
export { explain, nodesOf, type Plan, plansOf, rowsRead, scansOf } from './explain.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
export { type ChatRequest, ProviderCall } from './provider/provider-call.ts';
export { ScriptedProvider } from './provider/scripted-provider.ts';
export {
  chunk,
  cut,
  end,
  event,
  fail,
  finish,
  hang,
  raw,
  reasoning,
  refusal,
  text,
  toolCall,
  usage,
  wait,
  type EmbeddingScript,
  type ProviderScript,
  type ProviderStep,
} from './provider/steps.ts';
