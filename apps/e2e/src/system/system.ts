import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LimitsFile } from '@antiphon/service-kit';
import { ScriptedProvider, text } from '@antiphon/service-kit/testing';
import { type CommandOutcome, runCommand } from '@antiphon/tools/processes/command';
import { choosePort, loopback } from '@antiphon/tools/processes/ports';
import { killAllProcesses } from '@antiphon/tools/processes/processes';
import { repositoryRoot } from '@antiphon/tools/repository';
import { migratingServices, serviceNames, type ServiceName } from '@antiphon/tools/start/services';
import { beforeEach } from 'vitest';
import { LimitsFolder, withLimits } from './limits-folder.ts';
import { ProvidersFile } from './providers-file.ts';
import { type Surroundings, surroundings } from './surroundings.ts';
import { AppProcess } from './app-process.ts';
import { JanClient } from '../clients/jan-client.ts';
import { Web } from '../servers/web.ts';
import { WebhookReceiver } from '../servers/webhook-receiver.ts';

/** The processes that a spec starts, stops and kills. Where all services are one process, each service is that process. */
export type AppName = ServiceName | 'local-gateway';

/** The reply of a guest login. */
export interface Login {
  user_id: string;
  username: string;
  principal_id: string;
  access_token: string;
  refresh_token: string;
  token_type: string;
  expires_in: number;
}

/** The models of the scripted provider: the name in the Jan document, and one for the stock client. */
const models = ['jan-v2-30b', 'gpt-scripted'];

/** Waits of a system under test: short, except the time of a run, which no test lets run out. */
const paceOfTests = {
  RESPONSE_TIMEOUT: '60s',
  BACKGROUND_TASK_TIMEOUT: '30s',
  SHUTDOWN_DRAIN: '0s',
  BACKGROUND_WORKER_COUNT: '2',
  BACKGROUND_RUNS_PER_WORKER: '1',
  BACKGROUND_POLL_INTERVAL: '500ms',
  WEBHOOK_RETRY_SCHEDULE: '50ms,100ms,200ms',
  WEBHOOK_TIMEOUT: '2s',
  SSE_HEARTBEAT: '500ms',
};

/**
 * Limits of a system under test. No process loses a lease because a busy machine lets it stand still: specs end the leases of the processes that
 * they kill (`expireLeases`). The HTTP tools give up long before a run does, the page reader long after. No interpreter of Python starts
 * before a call needs it.
 */
const limitsOfTests: LimitsFile = {
  accounts: { refresh_reuse_grace: '0s' },
  http_tools: { timeout: '2s' },
  providers: { backoff_min: '10ms', backoff_max: '50ms' },
  python: { warm: 0 },
  runs: { lease_duration: '30s', lease_heartbeat: '500ms', background_retry_wait: '200ms' },
  scrape: { timeout: '30s' },
  sweeper: { interval: '1s' },
  webhooks: { host_rest: '200ms', host_rest_max: '1s' },
};

const programTimeoutMs = 60_000;
const readyTimeoutMs = 60_000;
const pollIntervalMs = 50;

/** The whole system as its users see it: the built apps behind the gateway, and the servers around them. */
export class System {
  /** The number of additional processes started so far. */
  private others = 0;
  private secondResponses: Promise<AppProcess> | undefined;
  /** The variables that apps were restarted with, by app. */
  private readonly overrides = new Map<AppName, NodeJS.ProcessEnv>();

  private constructor(
    /** The gateway. */
    readonly url: string,
    /** The only model provider, unless `useProviders` adds others. */
    readonly provider: ScriptedProvider,
    /** The web that searches find and tools read. */
    readonly web: Web,
    readonly receiver: WebhookReceiver,
    private readonly apps: ReadonlyMap<AppName, AppProcess>,
    /** Where the apps' limits files are. */
    private readonly limitsFolder: LimitsFolder,
    private readonly providersFile: ProvidersFile,
    private readonly makeApp: (app: AppName, name: string, port: number) => AppProcess,
    /** Runs the operator's commands on accounts; resolves to the output and the success. */
    readonly admin: (...commandArguments: string[]) => Promise<CommandOutcome>,
  ) {}

  /** `overrides` are variables of every app, on top of those for tests; `limits` likewise. */
  static async start(
    { databaseUrls, natsUrls, folder, logFolder, isCompact }: Surroundings,
    overrides: NodeJS.ProcessEnv = {},
    limits: LimitsFile = {},
  ): Promise<System> {
    const runFolder = join(folder, 'run');
    const limitsFolder = new LimitsFolder(join(folder, 'limits'), withLimits(limitsOfTests, limits));
    const providersFile = new ProvidersFile(join(folder, 'providers'));
    mkdirSync(logFolder, { recursive: true });
    const [provider, web, receiver] = await Promise.all([
      ScriptedProvider.start(sayHello),
      Web.start(),
      WebhookReceiver.start(),
    ]);
    provider.models = [...models];

    const ports = await choosePorts();
    const address = (app: AppName) => `http://${loopback}:${ports[app]}`;
    const environment: NodeJS.ProcessEnv = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_COMPILE_CACHE: join(repositoryRoot, 'node_modules/.cache/antiphon/compiled'),
      HOST: loopback,
      AUTH_JWKS_URL: `${address('auth')}/.well-known/jwks.json`,
      KONG_CONFIG: join(repositoryRoot, 'kong/kong.yml'),
      GATEWAY_UPSTREAMS: serviceNames.map((name) => `${name}=${address(name)}`).join(','),
      RATE_LIMIT_ENABLED: 'false',
      OPENAI_BASE_URL: provider.baseUrl,
      OPENAI_API_KEY: 'key-of-the-provider',
      SEARXNG_URL: web.url,
      EGRESS_ALLOWED_HOSTS: loopback,
      HTTP_TOOLS_ALLOWED_URLS: web.url,
      TOOLS_UNSAFE: 'named',
      PYTHON_EXEC_ENABLED: 'true',
      CHECK_REPLIES: 'true',
      ...paceOfTests,
      ...limitsFolder.variables(),
      ...providersFile.variables(),
      ...overrides,
    };
    const keys = { auth: newKey(), responses: newKey(), mcp: newKey() };
    /** responses and worker share a schema, and so the key that seals its secrets. */
    const keyOf = (app: AppName) => keys[app === 'auth' || app === 'mcp' ? app : 'responses'];
    const environmentOf = (app: AppName): NodeJS.ProcessEnv => ({
      ENCRYPTION_KEY: keyOf(app),
      ...environment,
      ...(app !== 'local-gateway' && { NATS_URL: natsUrls[app], DATABASE_URL: databaseUrls.services[app] }),
    });
    await Promise.all(
      migratingServices.map((app) =>
        migrate(app, { ...environmentOf(app), DATABASE_URL: databaseUrls.migrations[app] }),
      ),
    );

    const makeApp = (app: AppName, name: string, port: number) =>
      new AppProcess({
        app,
        name,
        port,
        environment: environmentOf(app),
        runFolder,
        logFolder,
      });
    const compact = new AppProcess({
      app: 'compact',
      name: 'compact',
      port: ports.responses,
      environment: { ...environment, ...variablesOfServices(environmentOf, ports) },
      runFolder,
      logFolder,
    });
    const apps = new Map(
      appNames.map((app) => [
        app,
        isCompact && app !== 'local-gateway' ? compact : makeApp(app, app, ports[app]),
      ]),
    );
    await Promise.all([...new Set(apps.values())].map((app) => app.start()));
    const admin = (...commandArguments: string[]) =>
      runApp('auth', ['admin.js', ...commandArguments], environmentOf('auth'));
    const system = new System(
      address('local-gateway'),
      provider,
      web,
      receiver,
      apps,
      limitsFolder,
      providersFile,
      makeApp,
      admin,
    );
    await system.untilReady();
    return system;
  }

  async login(): Promise<Login> {
    const answer = await fetch(`${this.url}/llm/auth/guest-login`, { method: 'POST' });
    if (answer.status !== 201)
      throw new Error(`guest-login answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Login; // checked by auth.spec.ts
  }

  /** The access token of a new guest. */
  async token(): Promise<string> {
    return (await this.login()).access_token;
  }

  /** Returns a new access token, with a new refresh token. */
  async refresh({ refresh_token }: Login): Promise<Login> {
    const answer = await fetch(`${this.url}/llm/auth/refresh-token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refresh_token }),
    });
    if (!answer.ok) throw new Error(`refresh-token answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Login; // checked by auth.spec.ts
  }

  /** A client of the Jan dialect for a new guest. */
  async jan(): Promise<JanClient> {
    return new JanClient(this.url, await this.token());
  }

  app(name: AppName): AppProcess {
    const app = this.apps.get(name);
    if (!app) throw new Error(`there is no app ${name}`);
    return app;
  }

  /** Restarts an app, with other variables if some are given; they do not last beyond the next restart. */
  async restart(name: AppName, overrides: NodeJS.ProcessEnv = {}): Promise<void> {
    const app = this.app(name);
    this.overrides.set(name, overrides);
    await app.stop();
    await app.start(
      Object.assign({}, ...this.sharing(name).map((other) => this.overrides.get(other))) as typeof overrides,
    );
    await this.untilReady();
  }

  /**
   * Lets the llm service use these providers beside those of the variables, until the next call. The text is that of a providers file; without one
   * only those of the variables are left.
   */
  useProviders(text?: string): Promise<void> {
    return this.providersFile.use(this.app('llm'), text);
  }

  /** Overrides for `restart` and `startAnother` that change these limits beyond those of the system. */
  limits(changes: LimitsFile): NodeJS.ProcessEnv {
    return this.limitsFolder.variables(changes);
  }

  kill(name: AppName): Promise<void> {
    return this.app(name).kill();
  }

  /** Starts another process of an app. Throws where it is one process with other services: there is only one of that. */
  async startAnother(app: AppName, overrides: NodeJS.ProcessEnv = {}): Promise<AppProcess> {
    if (this.sharing(app).length > 1)
      throw new Error(`there is no other process of ${app}: all services are one process`);
    const another = this.makeApp(app, `${app}-${++this.others + 1}`, await choosePort());
    await another.start(overrides);
    return another;
  }

  /** Another instance of the service responses, the same at each call; where all services are one process, its only one. */
  async otherResponses(): Promise<Pick<AppProcess, 'url'>> {
    if (this.sharing('responses').length > 1) return this.app('responses');
    this.secondResponses ??= this.startAnother('responses');
    return this.secondResponses;
  }

  async stop(): Promise<void> {
    await Promise.all([...new Set(this.apps.values())].map((app) => app.stop()));
    await (await this.secondResponses)?.stop();
    await Promise.all([this.provider.stop(), this.web.stop(), this.receiver.stop()]);
  }

  /** The apps whose process this one is. */
  private sharing(name: AppName): AppName[] {
    return appNames.filter((other) => this.app(other) === this.app(name));
  }

  /** Resolves when the system reports that all its parts are ready. */
  private async untilReady(): Promise<void> {
    const timeout = AbortSignal.timeout(readyTimeoutMs);
    for (;;) {
      const report = await readiness(this.url);
      if (report.includes('"status":"ok"')) return;
      if (timeout.aborted) throw new Error(`the system is not ready: ${report}`);
      await delay(pollIntervalMs);
    }
  }
}

let shared: Promise<System> | undefined;

/**
 * Returns the system of all end-to-end specs of this worker, which run one after the other. It ends with the worker; the global tear-down
 * ends any leftover. Each test of the calling spec begins with a provider that says hello.
 */
export async function sharedSystem(): Promise<System> {
  if (!shared) {
    process.once('exit', killAllProcesses);
    shared = System.start(surroundings());
  }
  const system = await shared;
  beforeEach(() => {
    system.provider.script = sayHello;
  });
  return system;
}

const sayHello = () => [text('Hello', ' there', '.')];

const appNames: readonly AppName[] = [...serviceNames, 'local-gateway'];

async function choosePorts(): Promise<Record<AppName, number>> {
  const entries: [AppName, number][] = [];
  // One after the other: two that look at once may find the same port.
  for (const app of appNames) entries.push([app, await choosePort()]);
  return Object.fromEntries(entries) as Record<AppName, number>; // one entry for each name
}

/** The variables of the one process of all services: for each service its port, role and key. */
function variablesOfServices(
  environmentOf: (app: ServiceName) => NodeJS.ProcessEnv,
  ports: Record<AppName, number>,
): NodeJS.ProcessEnv {
  const variables = serviceNames.flatMap((app) => {
    const { DATABASE_URL, ENCRYPTION_KEY } = environmentOf(app);
    const own = { PORT: String(ports[app]), DATABASE_URL, ENCRYPTION_KEY };
    return Object.entries(own).map(([name, value]) => [`${app.toUpperCase()}_${name}`, value]);
  });
  return Object.fromEntries(variables) as NodeJS.ProcessEnv; // pairs of texts
}

function newKey(): string {
  return randomBytes(32).toString('base64');
}

async function migrate(app: ServiceName, environment: NodeJS.ProcessEnv): Promise<void> {
  const { succeeded, output } = await runApp(app, ['migrate.js'], environment);
  if (!succeeded) throw new Error(`the migration of ${app} failed (is it built?):\n${output}`);
}

async function readiness(url: string): Promise<string> {
  try {
    return await (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(3_000) })).text();
  } catch (error) {
    return String(error);
  }
}

/** Runs another program of an app than its service, to its end. */
function runApp(
  app: ServiceName,
  [program = '', ...commandArguments]: string[],
  environment: NodeJS.ProcessEnv,
): Promise<CommandOutcome> {
  const file = join(repositoryRoot, 'dist', app, program);
  return runCommand(process.execPath, [file, ...commandArguments], {
    workingFolder: repositoryRoot,
    environment,
    timeoutMs: programTimeoutMs,
    signal: new AbortController().signal,
  });
}
