import type { Egress, Logger } from '@antiphon/service-kit';
import type { Config } from '../config.ts';
import { DemoProvider } from '../demo/demo.ts';
import { bearer, noAuthorization } from './auth/authorizer.ts';
import { LinkedContent } from './links/linked-content.ts';
import type { Provider } from './provider.ts';

/** The configured providers; the demo provider where there is none. Logs which. What a provider needs is loaded only where one is configured. */
export async function createProviders(
  config: Config,
  egress: Egress,
  logger: Pick<Logger, 'info' | 'warn'>,
): Promise<Provider[]> {
  if (config.provider === null) {
    logger.warn(
      'no provider is configured, so the demo answers, which is not a language model; set OPENAI_API_KEY or OPENAI_BASE_URL',
    );
    return [new DemoProvider()];
  }
  const { name, title, baseUrl, quirks, streams } = config.provider;
  logger.info({ provider: title, baseUrl: new URL(baseUrl).origin }, 'provider');
  const [{ HttpProvider }, { chatCompletions }] = await Promise.all([
    import('./http-provider.ts'),
    import('../protocols/chat-completions/index.ts'),
  ]);
  const { openAiApiKey: key } = config.secrets;
  return [
    new HttpProvider({
      name,
      title,
      baseUrl,
      protocol: chatCompletions,
      authorizer: key === null ? noAuthorization : bearer(key),
      quirks,
      streams,
      linkedContent: new LinkedContent(egress),
      ...config.providerLimits,
    }),
  ];
}
