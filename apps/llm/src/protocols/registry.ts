import type { Protocol, ProtocolName } from './protocol.ts';

/** Each protocol is loaded when a provider first needs it. */
const loaders: Readonly<Record<ProtocolName, () => Promise<Protocol>>> = {
  openai: async () => (await import('./openai/index.ts')).openAi,
  chat_completions: async () => (await import('./chat-completions/index.ts')).chatCompletions,
  anthropic_messages: async () => (await import('./anthropic-messages/index.ts')).anthropicMessages,
  gemini: async () => (await import('./gemini/index.ts')).gemini,
  bedrock_converse: async () => (await import('./bedrock-converse/index.ts')).bedrockConverse,
  ollama: async () => (await import('./ollama/index.ts')).ollama,
  openai_responses: async () => (await import('./openai-responses/index.ts')).openAiResponses,
};

/** The protocol of this name. */
export function loadProtocol(name: ProtocolName): Promise<Protocol> {
  return loaders[name]();
}
