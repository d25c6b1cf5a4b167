import type { AwsCredentials } from './aws-signature.ts';
import { found } from './own-chain.ts';

/**
 * The credentials that AWS's own tools use on this machine: variables, a profile of the shared files (also with SSO, a role or a command), a web
 * identity, the endpoint of a container, the metadata server of an instance. The library keeps them and replaces temporary ones before their end.
 * Throws AppError `model_error` where there are none.
 */
export function awsChain(
  { profile, region }: { profile: string | null; region: string },
  provider: string,
): () => Promise<AwsCredentials> {
  let chain: Promise<Chain> | null = null;
  const load = async (): Promise<Chain> => {
    const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
    return defaultProvider({ ...(profile !== null && { profile }), clientConfig: { region } });
  };
  return async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = await found(provider, async () =>
      (await (chain ??= load()))(),
    );
    return { accessKeyId, secretAccessKey, sessionToken: sessionToken ?? null };
  };
}

type Chain = () => Promise<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }>;
