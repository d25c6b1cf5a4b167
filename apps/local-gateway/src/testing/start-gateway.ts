import { readFileSync } from 'node:fs';
import { createLogger } from '@antiphon/service-kit/light';
import { readConfig } from '../config.ts';
import { Gateway } from '../gateway.ts';
import { parseKongConfig } from '../routing/kong-config.ts';

export const kongFile = new URL('../../../../kong/kong.yml', import.meta.url);

export interface StartedGateway {
  readonly url: string;
  readonly port: number;
  /** The log so far, a line each. */
  readonly log: readonly Record<string, unknown>[];
  close(): Promise<void>;
}

export interface GatewayUnderTest {
  /** The declarative file's text; the repository's own when left out. */
  readonly kong?: string;
  /** Address by upstream host name. */
  readonly upstreams: Readonly<Record<string, string>>;
  readonly environment?: NodeJS.ProcessEnv;
}

/** A gateway on a free port of loopback, with the repository's kong.yml unless told otherwise. */
export async function startGateway({
  kong,
  upstreams,
  environment,
}: GatewayUnderTest): Promise<StartedGateway> {
  const entries = Object.entries(upstreams).map(([name, url]) => `${name}=${url}`);
  const config = readConfig({
    PORT: '0',
    GATEWAY_UPSTREAMS: entries.join(','),
    SHUTDOWN_GRACE: '200ms',
    ...environment,
  });
  const log: Record<string, unknown>[] = [];
  // Pino writes objects, one JSON line each.
  const sink = { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) };
  const text = kong ?? readFileSync(kongFile, 'utf8');
  const gateway = new Gateway(
    config,
    parseKongConfig(text, 'kong.yml'),
    createLogger('local-gateway', 'info', sink),
  );
  const { port } = await gateway.listen();
  return { url: `http://127.0.0.1:${port}`, port, log, close: () => gateway.close() };
}
