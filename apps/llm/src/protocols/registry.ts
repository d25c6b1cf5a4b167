import { ConfigError } from '@antiphon/service-kit';
import type { Protocol, ProtocolName } from './protocol.ts';

/** The protocols of this build; each is loaded when a provider first needs it. */
const loaders: Partial<Record<ProtocolName, () => Promise<Protocol>>> = {
  chat_completions: async () => (await import('./chat-completions/index.ts')).chatCompletions,
  anthropic_messages: async () => (await import('./anthropic-messages/index.ts')).anthropicMessages,
  bedrock_converse: async () => (await import('./bedrock-converse/index.ts')).bedrockConverse,
};

/** Throws ConfigError for an API that is not part of this build. */
export async function loadProtocol(name: ProtocolName): Promise<Protocol> {
  const load = loaders[name];
  if (load === undefined) throw new ConfigError(`the API ${name} is not part of this build`);
  return load();
}
