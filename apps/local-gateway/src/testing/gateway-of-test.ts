import { request as httpRequest } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { FakeUpstream } from './fake-upstream.ts';
import { startGateway, type StartedGateway } from './start-gateway.ts';
import { TokenIssuer } from './token-issuer.ts';

/** Issues the tokens that the gateway accepts. */
export let issuer: TokenIssuer;
/** The gateway of each test, and the server behind it that plays all services except mcp, which is down. */
export let gateway: StartedGateway;
export let upstream: FakeUpstream;

/** Starts an issuer for the calling spec, and a gateway for each of its tests. */
export function startGatewayForEachTest(): void {
  beforeAll(async () => {
    issuer = await TokenIssuer.start();
  });
  afterAll(() => issuer.close());

  beforeEach(async () => {
    upstream = await FakeUpstream.start();
    gateway = await startGateway({
      upstreams: {
        auth: upstream.url,
        responses: upstream.url,
        llm: upstream.url,
        mcp: 'http://127.0.0.1:1',
      },
      environment: { AUTH_JWKS_URL: issuer.jwksUrl },
      limits: { signing_keys: { cooldown: '0s' } },
    });
  });

  afterEach(async () => {
    await gateway.close();
    await upstream.close();
  });
}

interface RawReply {
  readonly status: number;
  readonly body: string;
}

/** Sends a GET with exactly these headers. */
export function rawGet(path: string, headers: Record<string, string> = {}): Promise<RawReply> {
  return raw('GET', path, headers, []);
}

/** Sends a POST with exactly these headers and chunks. */
export function rawPost(
  path: string,
  headers: Record<string, string>,
  chunks: readonly Buffer[],
): Promise<RawReply> {
  return raw('POST', path, headers, chunks);
}

/** Sends a request with exactly these headers and chunks. */
function raw(
  method: string,
  path: string,
  headers: Record<string, string>,
  chunks: readonly Buffer[],
): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(gateway.url, { method, path, headers, agent: false }, (response) => {
      const received: Buffer[] = [];
      response.on('data', (chunk: Buffer) => received.push(chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(received).toString() });
        request.destroy();
      });
    });
    request.on('error', reject);
    for (const chunk of chunks) request.write(chunk);
    if (headers['content-length'] === undefined) request.end();
    else request.flushHeaders();
  });
}
