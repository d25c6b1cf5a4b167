import { type Response, type ResponseFilter, ResponseStatus, quote, refusal } from '@antiphon/contracts';
import type { z } from 'zod';
import { encodePage, encodeResponse, readQuery, statuses } from './encode.ts';
import type { ResponseList } from './replies/response.ts';

/** A parsed URL query: a repeated name has several values. */
export type UrlQuery = Readonly<Record<string, string | string[] | undefined>>;

/** `GET /v1/responses`: a caller's responses, newest first, by status, model, conversation and metadata (`metadata[key]=value`). */
export function decodeListQuery(query: UrlQuery): ResponseFilter {
  const value = (name: string): string | undefined => {
    const given = query[name];
    if (Array.isArray(given)) throw refusal([name], 'must be given once');
    return given;
  };
  const metadata: Record<string, string> = {};
  for (const name of Object.keys(query)) {
    if (!name.startsWith('metadata')) continue;
    const key = /^metadata\[(.{1,64})\]$/u.exec(name)?.[1];
    if (key === undefined) throw refusal(['metadata'], 'must be given as metadata[key]=value');
    metadata[key] = value(name) ?? '';
  }
  const status = value('status');
  return {
    ...readQuery({ limit: value('limit'), order: value('order') }),
    after: value('after') ?? null,
    statuses: status === undefined ? null : statusesNamed(status),
    model: value('model') ?? null,
    conversationId: value('conversation') ?? null,
    metadata,
  };
}

export function encodeResponseList(
  responses: readonly Response[],
  { hasMore }: { hasMore: boolean },
): z.input<typeof ResponseList> {
  return encodePage(responses.map(encodeResponse), hasMore);
}

/** The neutral statuses for a status of the wire. */
function statusesNamed(name: string): ResponseStatus[] {
  const named = ResponseStatus.options.filter((status) => statuses[status] === name);
  if (named.length > 0) return named;
  const known = [...new Set(Object.values(statuses))].map(quote).join(' or ');
  throw refusal(['status'], `must be ${known}, got ${quote(name)}`);
}
