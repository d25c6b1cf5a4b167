import { googleScope } from './google-service-account.ts';
import { FoundToken } from './own-chain.ts';

/**
 * Google's application default credentials: the file of GOOGLE_APPLICATION_CREDENTIALS (a service account, or a federated identity), those of the
 * `gcloud` command, or the metadata server of the machine.
 */
export function googleDefault(provider: string): FoundToken {
  return new FoundToken(provider, async () => {
    const { GoogleAuth } = await import('google-auth-library');
    const auth = new GoogleAuth({ scopes: googleScope });
    // With the project that is billed, for the credentials of a person.
    return async () => Object.fromEntries(await auth.getRequestHeaders());
  });
}
