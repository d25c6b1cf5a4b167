import { chatCompletions } from '../../protocols/chat-completions/index.ts';
import { noAuthorization } from '../auth/authorizer.ts';
import { HttpProvider, type HttpProviderOptions } from '../http-provider.ts';

/** A provider at this base URL: without a key, with short timeouts and small limits; it speaks chat completions. */
export function connectTo(baseUrl: string, options: Partial<HttpProviderOptions> = {}): HttpProvider {
  return new HttpProvider({
    name: 'scripted',
    protocol: chatCompletions,
    baseUrl,
    authorizer: noAuthorization,
    quirks: { preset: null, settings: {} },
    linkedContent: null,
    silenceByModel: [],
    connectTimeoutMs: 500,
    firstByteTimeoutMs: 5_000,
    silenceTimeoutMs: 5_000,
    room: { concurrencyMax: 8, queueMax: 8, queueWaitMs: 5_000 },
    answerBytesMax: 1_000_000,
    embeddingRequestsMax: 4,
    streams: 'always',
    ...options,
  });
}
