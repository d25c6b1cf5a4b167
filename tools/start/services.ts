import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { NatsUrls } from '../nats/nats-users.ts';
import { get } from '../processes/http.ts';
import { choosePort, loopback } from '../processes/ports.ts';
import { startProcess } from '../processes/processes.ts';
import { repositoryRoot } from '../repository.ts';
import { Supervisor } from '../processes/supervisor.ts';

export type ServiceName = 'auth' | 'llm' | 'mcp' | 'responses' | 'worker';

/** The processes of a stack: the gateway, and each service or all of them in one. */
export type ProcessName = ServiceName | 'compact' | 'local-gateway';

/** The services behind the gateway. */
export const serviceNames: readonly ServiceName[] = ['auth', 'llm', 'mcp', 'responses', 'worker'];

/** The arguments of Node for each service. Source maps apply to the services' own code: those of the packages would take 10 MB a service. */
export const serviceFlags: readonly string[] = [
  '--import',
  pathToFileURL(join(repositoryRoot, 'libs/service-kit/dist/source-maps.js')).href,
];

/** The services with database tables and a `migrate.js`. */
export const migratingServices: ServiceName[] = ['auth', 'mcp', 'responses'];

export const gatewayPort = 8000;

/** Chooses a free port for each service. Callers use the gateway's port only, so these follow no convention. */
export async function chooseServicePorts(): Promise<Record<ServiceName, number>> {
  const chosen = new Map<number, ServiceName>();
  for (const name of serviceNames) {
    let port = await choosePort();
    while (chosen.has(port)) port = await choosePort();
    chosen.set(port, name);
  }
  // The list of names gives one entry for each service.
  return Object.fromEntries([...chosen].map(([port, name]) => [name, port])) as Record<ServiceName, number>;
}

export interface Wiring {
  databaseUrl: string;
  /** Undefined for a stack without NATS. */
  natsUrls: NatsUrls | undefined;
  encryptionKey: string;
  ports: Record<ServiceName, number>;
}

/**
 * Returns the environment of a process of the stack: the addresses of this stack override the caller's variables, which override the
 * defaults of a local stack.
 */
export function serviceEnvironment(
  name: ProcessName,
  caller: NodeJS.ProcessEnv,
  wiring: Wiring,
): NodeJS.ProcessEnv {
  const { databaseUrl, natsUrls, encryptionKey, ports } = wiring;
  const address = (name: ServiceName) => `http://${loopback}:${ports[name]}`;
  return {
    AUTH_ANONYMOUS: 'true',
    RATE_LIMIT_ENABLED: 'false',
    UNKNOWN_MODELS: 'default',
    LOCAL_PROVIDERS: 'true',
    PYTHON_EXEC_ENABLED: 'true',
    TOOLS_UNSAFE: 'named',
    SHUTDOWN_DRAIN: '0s',
    ENCRYPTION_KEY: encryptionKey,
    NODE_COMPILE_CACHE: join(repositoryRoot, 'node_modules/.cache/antiphon/compiled'),
    ...withoutEmpty(caller),
    HOST: loopback,
    DATABASE_URL: databaseUrl,
    ...(name === 'compact' && variablesOfServices(ports)),
    ...(name !== 'compact' && name !== 'local-gateway' && natsUrls && { NATS_URL: natsUrls[name] }),
    AUTH_JWKS_URL: `${address('auth')}/.well-known/jwks.json`,
    KONG_CONFIG: join(repositoryRoot, 'kong/kong.yml'),
    GATEWAY_UPSTREAMS: serviceNames.map((name) => `${name}=${address(name)}`).join(','),
  };
}

/**
 * The variables of the services of one process: each has its own port, and the stack's database and key, also where the caller's `.env` has
 * other ones for docker compose.
 */
function variablesOfServices(ports: Record<ServiceName, number>): NodeJS.ProcessEnv {
  const variables = serviceNames.flatMap((name) => {
    const prefix = name.toUpperCase();
    return [
      [`${prefix}_PORT`, String(ports[name])],
      [`${prefix}_DATABASE_URL`, ''],
      [`${prefix}_ENCRYPTION_KEY`, ''],
    ];
  });
  return Object.fromEntries(variables) as NodeJS.ProcessEnv; // pairs of texts
}

export interface ServiceOptions {
  /** The app's folder name; also the name of its pid file and its log. */
  name: string;
  port: number;
  /** The program; the default is the built app. */
  main?: string;
  /** The path of its readiness check. */
  readyPath?: string;
  environment: NodeJS.ProcessEnv;
  runFolder: string;
  log: (line: string) => void;
  report: (message: string) => void;
}

const pollIntervalMs = 40;
const probeTimeoutMs = 2000;

/** Runs an app as a process that is ready when its readiness check succeeds. */
export function superviseService(options: ServiceOptions): Supervisor {
  const { name, port, environment, runFolder, log, report } = options;
  const { main = join(repositoryRoot, 'dist', name, 'main.js'), readyPath = '/readyz' } = options;
  return new Supervisor({
    name,
    report,
    start: () =>
      startProcess({
        name,
        command: process.execPath,
        commandArguments: [...serviceFlags, main],
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
    if (await isOk(address, signal)) return;
    await delay(pollIntervalMs);
  }
}

function isOk(address: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(probeTimeoutMs)]);
    get(address, { signal: limit }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => resolve(false));
  });
}

/** An empty variable counts as unset. */
function withoutEmpty(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}
