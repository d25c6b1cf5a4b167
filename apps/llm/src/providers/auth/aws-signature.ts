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
  secrets: readonly string[] = [];

  constructor(
    /** The credentials of a request; temporary ones change. Throws AppError where there are none. */
    private readonly credentials: () => Promise<AwsCredentials>,
    private readonly scope: { service: string; region: string },
  ) {}

  async sign({ method, url, body }: UnsignedCall): Promise<Record<string, string>> {
    const { AwsV4Signer } = await import('aws4fetch');
    const { accessKeyId, secretAccessKey, sessionToken } = await this.credentials();
    this.secrets = [secretAccessKey, ...(sessionToken === null ? [] : [sessionToken])];
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
