import type { FastifyRequest } from 'fastify';

/** The headers of a request that can identify its caller. */
export interface Credentials {
  authorization: string | undefined;
  apiKey: string | undefined;
}

export function credentialsOf({ headers }: Pick<FastifyRequest, 'headers'>): Credentials {
  const apiKey = headers['x-api-key'];
  return { authorization: headers.authorization, apiKey: typeof apiKey === 'string' ? apiKey : undefined };
}

/** The token or key: undefined without one, empty for an Authorization header of another scheme than Bearer. */
export function secretOf({ authorization, apiKey }: Credentials): string | undefined {
  if (authorization === undefined) return apiKey;
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '';
}
