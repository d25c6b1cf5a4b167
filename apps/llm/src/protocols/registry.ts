import { ConfigError } from '@antiphon/service-kit';
import type { Protocol, ProtocolName } from './protocol.ts';

/** The protocols of this build; each is loaded when a provider first needs it. */
const loaders: Partial<Record<ProtocolName, () => Promise<Protocol>>> = {
  openai: async () => (await import('./openai/index.ts')).openAi,
  openai_responses: async () => (await import('./openai-responses/index.ts')).openAiResponses,
  chat_completions: async () => (await import('./chat-completions/index.ts')).chatCompletions,
  gemini: async () => (await import('./gemini/index.ts')).gemini,
  ollama: async () => (await import('./ollama/index.ts')).ollama,
};

/** Throws ConfigError for an API that is not part of this build. */
export async function loadProtocol(name: ProtocolName): Promise<Protocol> {
  const load = loaders[name];
  if (load === undefined) throw new ConfigError(`the API ${name} is not part of this build`);
  return load();
}
