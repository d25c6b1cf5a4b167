import { read, refusal, type Response, type ResponseFilter, ResponseStatus } from '@antiphon/contracts';
import type { z } from 'zod';
import { encodePage, encodeResponse } from './encode.ts';
import { ResponsesQuery } from './page-query.ts';
import type { ResponseList } from './replies/response.ts';
import { statuses } from './statuses.ts';

/** A parsed URL query: a repeated name has several values. */
type UrlQuery = Readonly<Record<string, string | string[] | undefined>>;

/** `GET /v1/responses`: a caller's responses, newest first, by status, model, conversation and metadata (`metadata[key]=value`). */
export function decodeListQuery(value: unknown): ResponseFilter {
  const query = value as UrlQuery; // as Fastify parses every URL
  const {
    after = null,
    limit,
    order,
    status,
    model = null,
    conversation: conversationId = null,
    metadata = {},
  } = read(ResponsesQuery, { ...query, metadata: metadataOf(query) });
  return {
    after,
    limit,
    order,
    statuses: status === undefined ? null : statusesNamed(status),
    model,
    conversationId,
    metadata,
  };
}

function metadataOf(query: UrlQuery): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [name, value = ''] of Object.entries(query)) {
    if (!name.startsWith('metadata')) continue;
    const key = /^metadata\[(.{1,64})\]$/u.exec(name)?.[1];
    if (key === undefined) throw refusal(['metadata'], 'must be given as metadata[key]=value');
    if (Array.isArray(value)) throw refusal([name], 'must be given once');
    metadata[key] = value;
  }
  return metadata;
}

export function encodeResponseList(
  responses: readonly Response[],
  { hasMore }: { hasMore: boolean },
): z.input<typeof ResponseList> {
  return encodePage(responses.map(encodeResponse), hasMore);
}

/** The neutral statuses for a status of the wire. */
function statusesNamed(name: z.output<typeof ResponsesQuery>['status']): ResponseStatus[] {
  return ResponseStatus.options.filter((status) => statuses[status] === name);
}
