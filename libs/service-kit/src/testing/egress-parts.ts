import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '@antiphon/contracts';
import { onTestFinished } from 'vitest';
import { Egress, type EgressRequest } from '../egress/egress.ts';
import type { ResolveName } from '../egress/guarded-agent.ts';

export const bounds: EgressRequest = { redirectsMax: 3, decodedBytesMax: 1024 * 1024, timeoutMs: 5_000 };
export const never = new AbortController().signal;

/** A server on loopback that records its requests; it ends with the test. */
export async function serve(listener: RequestListener, host = '127.0.0.1') {
  const requests: IncomingMessage[] = [];
  const server: Server = createServer((request, reply) => {
    requests.push(request);
    listener(request, reply);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return { port, requests, server, url: `http://127.0.0.1:${port}` };
}

interface EgressOptions {
  hosts?: string[];
  ports?: number[];
  purpose?: 'webhooks' | 'tools' | 'mcp' | 'links';
  resolve?: (name: string) => string[];
}

/** An egress guard whose names resolve to the addresses of `resolve`; it ends with the test. */
export function egress(options: EgressOptions = {}) {
  const resolveName: ResolveName = (name, _options, callback) => {
    const addresses = (options.resolve ?? (() => []))(name);
    if (addresses.length === 0)
      return callback(Object.assign(new Error(`ENOTFOUND ${name}`), { code: 'ENOTFOUND' }), []);
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  const made = new Egress(
    {
      allowedHosts: options.hosts ?? [],
      allowedPorts: options.ports ?? [80, 443],
      connectTimeoutMs: 1_000,
      connectionsPerHostMax: 4,
    },
    options.purpose ?? 'tools',
    resolveName,
  );
  onTestFinished(() => made.close());
  return made;
}

/** The error of a request that is refused. Throws where it is let through. */
export async function failure(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    () => new Error('it was let through'),
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw error;
}

export function thrown(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
