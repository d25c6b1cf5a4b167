import { issuesOf, type Route } from '@antiphon/contracts';
import type { FastifyInstance } from 'fastify';
import { contractOf } from './contract-of.ts';

/**
 * Checks each successful JSON reply against the contract of its route. A reply that breaks the contract becomes an error `internal`,
 * logged with its faults. For systems under test: the check parses every reply.
 */
export function checkReplies(server: FastifyInstance): void {
  server.addHook('preSerialization', async (request, reply, payload) => {
    const contract = contractOf(request);
    const complaint =
      contract && reply.statusCode < 400 ? complaintOf(contract, reply.statusCode, payload) : null;
    if (complaint !== null) throw new Error(`The reply breaks the contract of its route: ${complaint}`);
    return payload;
  });
}

function complaintOf({ name, reply }: Route, status: number, payload: unknown): string | null {
  if (status !== reply.status) return `${name} answers ${reply.status}, got ${status}`;
  if (!reply.json) return `${name} has no body`;
  const { error } = reply.json.safeParse(payload, { reportInput: true });
  if (!error) return null;
  const issues = issuesOf(error, { countMax: 3 });
  return `${name}: ${issues.map(({ message }) => message).join('; ')}`;
}
