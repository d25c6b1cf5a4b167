import type { Config } from '../config.ts';
import { DemoProvider } from './demo.ts';
import { OpenAICompatibleProvider } from './openai-compatible.ts';
import type { Provider } from './provider.ts';

/** The providers that are configured; the demo where none is. */
export function createProviders(config: Config): Provider[] {
  if (config.provider === null) return [new DemoProvider()];
  const { name, baseUrl, isOpenAi, reasoningSentBack } = config.provider;
  return [
    new OpenAICompatibleProvider({
      name,
      baseUrl,
      apiKey: config.secrets.openAiApiKey,
      reasoningSentBack,
      maxTokensField: isOpenAi ? 'max_completion_tokens' : 'max_tokens',
      ...config.providerLimits,
    }),
  ];
}
