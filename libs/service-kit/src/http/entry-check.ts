import { AppError } from '@antiphon/contracts';
import { toAppError } from './app-error-filter.ts';
import type { CallingRequest, LocalAccess } from './local-access.ts';

export interface EnteringRequest extends CallingRequest {
  method: string;
  /** The raw request target. */
  url: string;
}

/** Refuses requests and WebSocket handshakes by their head alone, before anything is read or routed. */
export class EntryCheck {
  /** `localAccess` is null where every call needs a token. */
  constructor(private readonly localAccess: LocalAccess | null) {}

  refusalOf(request: EnteringRequest): AppError | null {
    return this.localAccess?.refusalOf(request) ?? refusalOfTarget(request);
  }
}

function refusalOfTarget(request: EnteringRequest): AppError | null {
  const { url } = request;
  // A gateway that takes the fragment for a part of the path and a router that drops it disagree about the route, and so about its limits.
  if (url.includes('#'))
    return new AppError(
      'invalid_request',
      'The request target holds a "#": write it as %23, or leave it out.',
    );
  // PostgreSQL refuses NUL characters, so no resource has one in its name. Bodies with NUL characters are refused where they are read.
  if (!url.includes('%00')) return null;
  const query = url.split('?', 2)[1] ?? '';
  return query.includes('%00') ? nulInQuery(query) : toAppError({ statusCode: 404 }, request);
}

function nulInQuery(query: string): AppError {
  const [param] = [...new URLSearchParams(query)].find(([, value]) => value.includes('\0')) ?? [];
  return new AppError('invalid_request', `${param ?? 'The query'} holds a NUL character: remove it.`, {
    param,
  });
}
