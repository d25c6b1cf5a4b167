import type { ProtocolName } from '../protocols/protocol.ts';

/** A provider that an operator names by one word: where it is, which API it speaks, and how requests are authorized. */
export interface Preset {
  protocol: ProtocolName;
  /** Up to and including the version; with `{region}` and `{project}` where the operator gives them. Null: the operator gives all of it. */
  baseUrl: string | null;
  auth: PresetAuth;
  /** The row of its quirks in `provider-table.ts`; null: the row of its host. */
  quirks: string | null;
  /** The variable whose key adds the provider without a file. */
  keyVariable?: string;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>>;
  /** Where it listens on the operator's own machine, and how it is recognised there. */
  local?: LocalServer;
}

/**
 * `bearer`: `Authorization: Bearer`. `bearer_if_any`: the same for servers that may need no key. `{header}`: a key in a header of its own. `aws`: AWS's
 * signature, with keys or by AWS's chain, or a bearer key of Bedrock. `google`: the key file of a service account, or Google's default credentials.
 * `azure`: a key in its own header, or tokens of Microsoft Entra ID.
 */
export type PresetAuth = 'bearer' | 'bearer_if_any' | 'aws' | 'google' | 'azure' | { header: string };

export interface LocalServer {
  port: number;
  /** A path that answers with JSON which no other server has. */
  path: string;
  isIts: (body: unknown) => boolean;
}
