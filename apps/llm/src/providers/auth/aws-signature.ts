import type { SigningAuthorizer, UnsignedCall } from './authorizer.ts';

export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** Of temporary credentials. */
  sessionToken: string | null;
}

/** AWS's signature version 4 of each request. Its library is loaded with the first one. */
export class AwsSignature implements SigningAuthorizer {
  readonly type = 'signing';
  readonly secrets: readonly string[];

  constructor(
    private readonly credentials: AwsCredentials,
    private readonly scope: { service: string; region: string },
  ) {
    const { secretAccessKey, sessionToken } = credentials;
    this.secrets = [secretAccessKey, ...(sessionToken === null ? [] : [sessionToken])];
  }

  async sign({ method, url, body }: UnsignedCall): Promise<Record<string, string>> {
    const { AwsV4Signer } = await import('aws4fetch');
    const { accessKeyId, secretAccessKey, sessionToken } = this.credentials;
    const signer = new AwsV4Signer({
      method,
      url,
      ...(body !== null && { body }),
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== null && { sessionToken }),
      ...this.scope,
    });
    const { headers } = await signer.sign();
    // HTTP sends the host by itself.
    headers.delete('host');
    return Object.fromEntries(headers);
  }
}
