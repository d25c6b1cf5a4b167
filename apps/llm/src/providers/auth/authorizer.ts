/** How requests to a provider are authorized: by headers that stay the same, or by headers that are made for each request. */
export type Authorizer = FixedAuthorizer | SigningAuthorizer;

export interface FixedAuthorizer {
  readonly type: 'fixed';
  readonly headers: Readonly<Record<string, string>>;
  /** Texts that are removed from error messages. Never empty ones. */
  readonly secrets: readonly string[];
}

export interface SigningAuthorizer {
  readonly type: 'signing';
  readonly secrets: readonly string[];
  /** The headers of one request. Throws AppError `model_error` or `unavailable` where there are no credentials; bounded in time. */
  sign(call: UnsignedCall): Promise<Record<string, string>>;
}

export interface UnsignedCall {
  method: 'GET' | 'POST';
  url: string;
  body: string | Buffer | null;
}

/** For servers without keys. */
export const noAuthorization: FixedAuthorizer = { type: 'fixed', headers: {}, secrets: [] };

/** `Authorization: Bearer …`. */
export function bearer(key: string): FixedAuthorizer {
  return { type: 'fixed', headers: { authorization: `Bearer ${key}` }, secrets: [key] };
}

/** A key in a header of its own: `x-api-key` (Anthropic), `api-key` (Azure), `x-goog-api-key` (Gemini). */
export function headerKey(name: string, key: string): FixedAuthorizer {
  return { type: 'fixed', headers: { [name]: key }, secrets: [key] };
}
