import type { Egress, Logger } from '@antiphon/service-kit';
import type { Config } from '../config.ts';
import { DemoProvider } from '../demo/demo.ts';
import { LinkedContent } from './links/linked-content.ts';
import type { Provider } from './provider.ts';

/**
 * The configured providers; the demo provider where there is none. Logs which. The client of OpenAI, 236 modules, is loaded only for a
 * configured provider.
 */
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
  const { OpenAICompatibleProvider } = await import('./http-provider.ts');
  return [
    new OpenAICompatibleProvider({
      name,
      title,
      baseUrl,
      apiKey: config.secrets.openAiApiKey,
      quirks,
      streams,
      linkedContent: new LinkedContent(egress),
      ...config.providerLimits,
    }),
  ];
}
