import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { FakeUpstream } from './fake-upstream.ts';

/** A fake of auth: signs tokens, and publishes its keys at its own address. */
export class TokenIssuer {
  private readonly upstream: FakeUpstream;
  private readonly keys = new Map<
    string,
    { readonly privateKey: KeyObject; readonly publicKey: KeyObject }
  >();

  private constructor(upstream: FakeUpstream) {
    this.upstream = upstream;
    upstream.answer = (_request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(this.jwks()));
    };
  }

  static async start(): Promise<TokenIssuer> {
    const issuer = new TokenIssuer(await FakeUpstream.start());
    issuer.rotate('key-1');
    return issuer;
  }

  get jwksUrl(): string {
    return `${this.upstream.url}/.well-known/jwks.json`;
  }

  /** The number of requests for the keys. */
  get questions(): number {
    return this.upstream.requests.length;
  }

  rotate(kid: string): void {
    this.keys.set(kid, generateKeyPairSync('rsa', { modulusLength: 2048 }));
  }

  jwks(): { readonly keys: readonly Record<string, unknown>[] } {
    const keys = [...this.keys].map(([kid, { publicKey }]) => ({
      ...publicKey.export({ format: 'jwk' }),
      kid,
      alg: 'RS256',
      use: 'sig',
    }));
    return { keys };
  }

  sign(options: { readonly kid?: string; readonly expiresInSeconds?: number } = {}): string {
    const { kid = 'key-1', expiresInSeconds = 900 } = options;
    const key = this.keys.get(kid)?.privateKey;
    if (key === undefined) throw new Error(`no key ${kid}`);
    return jsonwebtoken.sign({ sub: 'user_1' }, key, {
      algorithm: 'RS256',
      keyid: kid,
      issuer: 'antiphon',
      audience: 'antiphon',
      expiresIn: expiresInSeconds,
    });
  }

  close(): Promise<void> {
    return this.upstream.close();
  }
}
