import { untilAborted } from '@antiphon/async';
import { credentialsError } from '../errors/provider-errors.ts';
import type { SigningAuthorizer } from './authorizer.ts';

/** How long the library of a cloud may look for credentials: in files, by commands, at the metadata server of the machine. */
const findingMs = 15_000;

/**
 * Runs the library of a cloud that finds the credentials of this machine. Throws AppError `model_error` where it finds none in time; the operator's
 * log has its words.
 */
export async function found<Credentials>(
  provider: string,
  find: () => Promise<Credentials>,
): Promise<Credentials> {
  try {
    return await untilAborted(find(), AbortSignal.timeout(findingMs));
  } catch (cause) {
    throw credentialsError(provider, cause);
  }
}

/** Headers with a bearer token from the library of a cloud, which keeps the token and replaces it before its end. */
export class FoundToken implements SigningAuthorizer {
  readonly type = 'signing';
  private token: string | null = null;
  private source: Promise<HeaderSource> | null = null;

  constructor(
    /** The name of the provider in messages. */
    private readonly provider: string,
    /** Loads the library; called with the first request. */
    private readonly load: () => Promise<HeaderSource>,
  ) {}

  get secrets(): readonly string[] {
    return this.token === null ? [] : [this.token];
  }

  async sign(): Promise<Record<string, string>> {
    const headers = await found(this.provider, async () => (await (this.source ??= this.load()))());
    this.token = /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1] ?? null;
    if (this.token === null) throw credentialsError(this.provider, new Error('there is no access token'));
    return headers;
  }
}

/** The headers of a request. Names in lower case, `authorization` among them. */
export type HeaderSource = () => Promise<Record<string, string>>;
