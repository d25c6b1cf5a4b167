import { AppError } from '@antiphon/contracts';
import { z } from 'zod';
import { credentialsError, protocolError } from '../errors/provider-errors.ts';
import { noAuthorization, type SigningAuthorizer } from './authorizer.ts';
import { callJsonOnce } from '../http/json-call.ts';

/** The key file of a service account, as Google's console writes it. */
export const ServiceAccount = z.object(
  {
    client_email: z.string().min(1),
    private_key: z.string().startsWith('-----BEGIN', 'must be a private key in PEM format'),
    private_key_id: z.string().optional(),
    token_uri: z.url({ protocol: /^https?$/ }).default('https://oauth2.googleapis.com/token'),
  },
  { error: 'must be the JSON of a service account key' },
);
export type ServiceAccount = z.infer<typeof ServiceAccount>;

/** Of the access that tokens give: that of the account. */
export const googleScope = 'https://www.googleapis.com/auth/cloud-platform';
const assertionSeconds = 600;
/** How long before its end a token is replaced. */
const refreshBeforeMs = 60_000;
const timeoutMs = 10_000;
const answerBytesMax = 64 * 1024;
/** An exchange serves several requests, so none of them ends it. Its timeout does. */
const never = new AbortController().signal;

const TokenReply = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

interface AccessToken {
  text: string;
  endsAtMs: number;
}

/**
 * Access tokens of a Google service account (RFC 7523): a signed assertion is exchanged for a token, which serves all requests for about an
 * hour. Requests that come during an exchange wait for the same one.
 */
export class GoogleServiceAccount implements SigningAuthorizer {
  readonly type = 'signing';
  private token: AccessToken | null = null;
  private exchange: Promise<AccessToken> | null = null;

  constructor(
    private readonly account: ServiceAccount,
    /** The name of the provider in messages. */
    private readonly provider: string,
    private readonly nowMs: () => number = Date.now,
  ) {}

  get secrets(): readonly string[] {
    return this.token === null ? [] : [this.token.text];
  }

  async sign(): Promise<Record<string, string>> {
    const { text } = this.freshToken() ?? (await (this.exchange ??= this.renew()));
    return { authorization: `Bearer ${text}` };
  }

  private freshToken(): AccessToken | null {
    const isFresh = this.token !== null && this.token.endsAtMs - refreshBeforeMs > this.nowMs();
    return isFresh ? this.token : null;
  }

  private renew(): Promise<AccessToken> {
    return this.fetchToken().finally(() => (this.exchange = null));
  }

  private async fetchToken(): Promise<AccessToken> {
    const assertion = await this.assertion();
    const form = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
    const reply = TokenReply.safeParse(await this.post(new URLSearchParams(form).toString()));
    if (!reply.success) throw protocolError(this.provider, 'sent no access token', reply.error);
    const { access_token: token, expires_in: seconds } = reply.data;
    this.token = { text: token, endsAtMs: this.nowMs() + seconds * 1000 };
    return this.token;
  }

  private async assertion(): Promise<string> {
    const { default: jwt } = await import('jsonwebtoken');
    const {
      client_email: email,
      private_key: key,
      private_key_id: keyid,
      token_uri: audience,
    } = this.account;
    try {
      return jwt.sign({ scope: googleScope }, key, {
        algorithm: 'RS256',
        issuer: email,
        audience,
        expiresIn: assertionSeconds,
        ...(keyid !== undefined && { keyid }),
      });
    } catch (cause) {
      throw credentialsError(this.provider, cause);
    }
  }

  private async post(body: string): Promise<unknown> {
    const { origin, pathname, search } = new URL(this.account.token_uri);
    try {
      return await callJsonOnce(
        origin,
        {
          provider: this.provider,
          method: 'POST',
          path: `${pathname}${search}`,
          headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
          body,
          timeoutMs,
          answerBytesMax,
          authorizer: noAuthorization,
        },
        never,
      );
    } catch (error) {
      throw isRefusal(error) ? credentialsError(this.provider, error.cause) : error;
    }
  }
}

/** Google refuses an assertion with status 400, which is not about the caller's request. */
function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'model_refused';
}
