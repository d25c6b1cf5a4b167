import { readFileSync } from 'node:fs';
import { createLogger, type LimitsFile } from '@antiphon/service-kit/light';
import { readConfig } from '../config.ts';
import { Gateway } from '../gateway.ts';
import { parseKongConfig } from '../routing/kong-config.ts';

export const kongFile = new URL('../../../../kong/kong.yml', import.meta.url);

export interface StartedGateway {
  readonly url: string;
  readonly port: number;
  /** The log so far, one line each. */
  readonly log: readonly Record<string, unknown>[];
  close(): Promise<void>;
}

export interface GatewayUnderTest {
  /** The text of the declarative file; the default is the repository's own. */
  readonly kong?: string;
  /** Addresses by upstream host name. */
  readonly upstreams: Readonly<Record<string, string>>;
  readonly environment?: NodeJS.ProcessEnv;
  readonly limits?: LimitsFile;
}

/** Starts a gateway on a free port of loopback; the default configuration is the repository's kong.yml. */
export async function startGateway({
  kong,
  upstreams,
  environment,
  limits = {},
}: GatewayUnderTest): Promise<StartedGateway> {
  const entries = Object.entries(upstreams).map(([name, url]) => `${name}=${url}`);
  const config = readConfig(
    { PORT: '0', GATEWAY_UPSTREAMS: entries.join(','), SHUTDOWN_GRACE: '200ms', ...environment },
    limits,
  );
  const log: Record<string, unknown>[] = [];
  // Pino writes one JSON object a line.
  const sink = { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) };
  const text = kong ?? readFileSync(kongFile, 'utf8');
  const gateway = new Gateway(
    config,
    parseKongConfig(text, 'kong.yml'),
    createLogger('local-gateway', 'debug', sink),
  );
  const { port } = await gateway.listen();
  return { url: `http://127.0.0.1:${port}`, port, log, close: () => gateway.close() };
}
