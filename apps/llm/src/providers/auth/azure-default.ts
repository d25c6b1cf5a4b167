import { FoundToken } from './own-chain.ts';

/**
 * Tokens of Microsoft Entra ID for Azure OpenAI, by Azure's default chain: variables of a service principal, a workload identity, a managed identity,
 * the login of a command line. `host` is that of the base URL.
 */
export function azureDefault(provider: string, host: string): FoundToken {
  const scope = azureScope(host);
  return new FoundToken(provider, async () => {
    const { DefaultAzureCredential, getBearerTokenProvider } = await import('@azure/identity');
    // Keeps the token: some credentials of the chain run a command for each.
    const token = getBearerTokenProvider(new DefaultAzureCredential(), scope);
    return async () => ({ authorization: `Bearer ${await token()}` });
  });
}

/** The scope of tokens for a host: the clouds of the US government and of China have their own. */
export function azureScope(host: string): string {
  const cloud = /\.azure\.(us|cn)$/.exec(host)?.[1] ?? 'com';
  return `https://cognitiveservices.azure.${cloud}/.default`;
}
