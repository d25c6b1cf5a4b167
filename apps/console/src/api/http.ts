import { ApiError, errorOf } from './api-error.ts';
import { askToSignIn, currentToken, noteUse, tokenAfter, whySignIn } from './session.ts';

export { ApiError };

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/**
 * Sends a request with the user's token, after a 401 once more with another one. Throws ApiError for every answer that is not a success. Nothing is
 * sent while the user must sign in.
 */
export async function send(path: string, options: RequestOptions = {}): Promise<Response> {
  if (whySignIn() === 'refused') throw new ApiError('Sign in first.', { status: 401 });
  const token = await currentToken();
  let answer = await attempt(path, options, token);
  if (answer.status === 401) {
    const other = await tokenAfter(token);
    if (other !== null) answer = await attempt(path, options, other);
  }
  if (answer.ok) {
    noteUse();
    return answer;
  }
  if (answer.status === 401) askToSignIn('refused');
  throw await errorOf(answer);
}

export async function getJson<Body>(path: string, signal?: AbortSignal): Promise<Body> {
  return (await (await send(path, { signal })).json()) as Body;
}

export async function sendJson<Body>(path: string, options: RequestOptions): Promise<Body> {
  const answer = await send(path, options);
  return (answer.status === 204 ? undefined : await answer.json()) as Body;
}

async function attempt(
  path: string,
  { method = 'GET', body, headers, signal }: RequestOptions,
  token: string | null,
): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      credentials: 'omit',
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError('The server cannot be reached.', { status: 0 });
  }
}
