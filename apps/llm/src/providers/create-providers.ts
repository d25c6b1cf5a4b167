import type { Egress } from '@antiphon/service-kit';
import type { Config } from '../config.ts';
import { DemoProvider } from '../demo/demo.ts';
import { LinkedContent } from './links/linked-content.ts';
import { OpenAICompatibleProvider } from './openai-compatible.ts';
import type { Provider } from './provider.ts';

/** The providers that are configured; the demo where none is. */
export function createProviders(config: Config, egress: Egress): Provider[] {
  if (config.provider === null) return [new DemoProvider()];
  const { name, title, baseUrl, quirks } = config.provider;
  return [
    new OpenAICompatibleProvider({
      name,
      title,
      baseUrl,
      apiKey: config.secrets.openAiApiKey,
      quirks,
      linkedContent: new LinkedContent(egress),
      ...config.providerLimits,
    }),
  ];
}
