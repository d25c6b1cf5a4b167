export { MemoryRpcBus } from '../bus/memory-bus.ts';
export { Gate } from './gate.ts';
export { OtlpReceiver, type ReceivedSpan } from './otlp-receiver.ts';
export { testCallerLimits } from './test-caller-limits.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
export {
  chunk,
  cut,
  end,
  event,
  fail,
  finish,
  hang,
  ProviderCall,
  raw,
  reasoning,
  refusal,
  ScriptedProvider,
  text,
  toolCall,
  usage,
  wait,
  type ChatRequest,
  type EmbeddingScript,
  type ProviderScript,
  type ProviderStep,
} from './scripted-provider.ts';
