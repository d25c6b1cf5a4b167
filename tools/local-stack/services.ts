import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { choosePort, loopback } from './ports.ts';
import { startProcess } from './processes.ts';
import { repositoryRoot } from './repository.ts';
import { Supervisor } from './supervisor.ts';

export type ServiceName = 'auth' | 'llm' | 'mcp' | 'responses' | 'worker';

/** The services behind the gateway, with the port that each has by default. */
export const servicePorts: Record<ServiceName, number> = {
  auth: 8081,
  llm: 8080,
  mcp: 8091,
  responses: 8082,
  worker: 8083,
};

/** The services that own database tables, and bring a `migrate.js` to make them. */
export const migratingServices: ServiceName[] = ['auth', 'mcp', 'responses'];

// The keys of the record above are exactly the services.
export const serviceNames = Object.keys(servicePorts) as ServiceName[];

export const gatewayPort = 8000;

/** The usual port of each service where it is free, another one where it is not. */
export async function chooseServicePorts(): Promise<Record<ServiceName, number>> {
  const chosen = await Promise.all(
    serviceNames.map(async (name) => [name, await choosePort(servicePorts[name])] as const),
  );
  // One entry for each service, since the names come from the record of them.
  return Object.fromEntries(chosen) as Record<ServiceName, number>;
}

export interface Wiring {
  databaseUrl: string;
  natsUrl: string;
  encryptionKey: string;
  ports: Record<ServiceName, number>;
}

/**
 * The environment of every service: the caller's own, with what a local stack differs in (the caller may say
 * otherwise), and with the addresses of this stack (the caller may not).
 */
export function serviceEnvironment(caller: NodeJS.ProcessEnv, wiring: Wiring): NodeJS.ProcessEnv {
  const { databaseUrl, natsUrl, encryptionKey, ports } = wiring;
  const address = (name: ServiceName) => `http://${loopback}:${ports[name]}`;
  return {
    AUTH_ANONYMOUS: 'true',
    RATE_LIMIT_ENABLED: 'false',
    UNKNOWN_MODELS: 'default',
    PYTHON_EXEC_ENABLED: 'true',
    TOOLS_UNSAFE: 'named',
    SHUTDOWN_DRAIN: '0s',
    ENCRYPTION_KEY: encryptionKey,
    NODE_COMPILE_CACHE: join(repositoryRoot, 'node_modules/.cache/antiphon/compiled'),
    ...withoutEmpty(caller),
    HOST: loopback,
    DATABASE_URL: databaseUrl,
    NATS_URL: natsUrl,
    AUTH_JWKS_URL: `${address('auth')}/.well-known/jwks.json`,
    KONG_CONFIG: join(repositoryRoot, 'kong/kong.yml'),
    GATEWAY_UPSTREAMS: serviceNames.map((name) => `${name}=${address(name)}`).join(','),
  };
}

export interface ServiceOptions {
  /** The app's folder name, which is also the name of its pid file and its log. */
  name: string;
  port: number;
  /** The program; the built app, unless said otherwise. */
  main?: string;
  /** Where it says that it is ready. */
  readyPath?: string;
  environment: NodeJS.ProcessEnv;
  runFolder: string;
  log: (line: string) => void;
  report: (message: string) => void;
}

const pollIntervalMs = 40;
const probeTimeoutMs = 2000;

/** One of the apps as a process of its own, which is ready when it says so. */
export function superviseService(options: ServiceOptions): Supervisor {
  const { name, port, environment, runFolder, log, report } = options;
  const { main = join(repositoryRoot, 'apps', name, 'dist/main.js'), readyPath = '/readyz' } = options;
  return new Supervisor({
    name,
    report,
    start: () =>
      startProcess({
        name,
        command: process.execPath,
        commandArguments: ['--enable-source-maps', main],
        environment: { ...environment, PORT: String(port) },
        workingFolder: repositoryRoot,
        runFolder,
        onLine: log,
      }),
    waitUntilReady: (signal) => untilOk(`http://${loopback}:${port}${readyPath}`, signal),
  });
}

async function untilOk(address: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const ok = await fetch(address, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(probeTimeoutMs)]),
    }).then(
      async (response) => {
        await response.body?.cancel();
        return response.ok;
      },
      () => false,
    );
    if (ok) return;
    await delay(pollIntervalMs);
  }
}

/** A variable that is set to nothing is taken for one that is not set. */
function withoutEmpty(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}
