import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../processes/command.ts';
import type { DataFolder } from './data-folder/data-folder.ts';
import { startNats, type NatsServer } from '../nats/nats.ts';
import type { NatsPasswords } from '../nats/nats-users.ts';
import { loopback } from '../processes/ports.ts';
import { startPostgres, type PostgresServer } from '../postgres/postgres.ts';
import { fetchedProgramsFolder, repositoryRoot } from '../repository.ts';
import {
  migratingServices,
  type ProcessName,
  serviceNames,
  superviseService,
  type ServiceName,
} from './services.ts';
import type { StackLog } from '../log/stack-log.ts';
import type { Supervisor } from '../processes/supervisor.ts';
import { UserError } from '../user-error.ts';

export interface LocalStackOptions {
  folder: DataFolder;
  log: StackLog;
  report: (message: string) => void;
  /** Aborts every wait when the user stops the stack. */
  signal: AbortSignal;
}

/** Returns the environment of one process of the stack. */
type EnvironmentOf = (name: ProcessName) => NodeJS.ProcessEnv;

const migrationTimeoutMs = 120_000;
/** Together below the ten seconds for a stop. */
const serviceGraceMs = 5500;
const serverGraceMs = 2500;

/** Starts the parts of a local stack in the order of their dependencies, and stops them. */
export class LocalStack {
  private readonly options: LocalStackOptions;
  private readonly services: Supervisor[] = [];
  private readonly servers: (PostgresServer | NatsServer)[] = [];

  constructor(options: LocalStackOptions) {
    this.options = options;
  }

  async startPostgres(port: number | undefined): Promise<PostgresServer> {
    const { folder, log, report, signal } = this.options;
    const server = await this.explained('postgres', () =>
      startPostgres({
        dataDir: folder.postgres,
        runFolder: folder.run,
        port,
        log: log.forServer('postgres'),
        report,
        signal,
      }),
    );
    this.servers.push(server);
    return server;
  }

  async startNats(passwords: NatsPasswords, port: number | undefined): Promise<NatsServer> {
    const { folder, log, report, signal } = this.options;
    const folders = { dataDir: folder.nats, runFolder: folder.run, cacheFolder: fetchedProgramsFolder };
    const server = await this.explained('nats', () =>
      startNats({ ...folders, passwords, port, log: log.forServer('nats'), report, signal }),
    );
    this.servers.push(server);
    return server;
  }

  /**
   * Migrates the tables of each service. The stack's own database needs that once for each build; a note beside the cluster remembers it.
   */
  async migrate(environmentOf: EnvironmentOf, own?: { folder: string; stamp: string }): Promise<void> {
    const note = own && join(own.folder, 'migrated');
    if (note && (await readFile(note, 'utf8').catch(() => '')) === own.stamp) return;
    await Promise.all(migratingServices.map((name) => this.migrateOne(name, environmentOf(name))));
    if (note) await writeFile(note, own.stamp);
  }

  /** Starts all services at once; resolves when all are ready. */
  async startServices(environmentOf: EnvironmentOf, ports: Record<ServiceName, number>): Promise<void> {
    await Promise.all(serviceNames.map((name) => this.startService(name, environmentOf(name), ports[name])));
  }

  /** Starts all services in one process; resolves when it is ready. */
  async startCompact(environmentOf: EnvironmentOf, ports: Record<ServiceName, number>): Promise<void> {
    // The service that starts last.
    await this.startService('compact', environmentOf('compact'), ports.responses);
  }

  async startGateway(environmentOf: EnvironmentOf, port: number): Promise<string> {
    // The gateway's own health: /readyz passes through it to services that may not run yet.
    await this.startService('local-gateway', environmentOf('local-gateway'), port, '/-/healthz');
    return `http://${loopback}:${port}`;
  }

  /** Stops the services first, then the servers that they need. */
  async stop(): Promise<void> {
    await Promise.all(this.services.map((service) => service.stop(serviceGraceMs)));
    await Promise.all(this.servers.map((server) => server.stop(serverGraceMs)));
  }

  private async migrateOne(name: ServiceName, environment: NodeJS.ProcessEnv): Promise<void> {
    const { log, signal } = this.options;
    const program = join(repositoryRoot, 'dist', name, 'migrate.js');
    const options = { workingFolder: repositoryRoot, environment, timeoutMs: migrationTimeoutMs, signal };
    const { succeeded, output } = await runCommand(process.execPath, [program], options);
    const takeLine = log.forService(name);
    for (const line of output.split('\n').filter((text) => text !== '')) takeLine(line);
    if (!succeeded)
      throw new UserError(`The database migration of ${name} failed.\n${log.unseenLines(name)}`);
  }

  private async startService(
    name: string,
    environment: NodeJS.ProcessEnv,
    port: number,
    readyPath?: string,
  ): Promise<void> {
    const { folder, log, report, signal } = this.options;
    const places = { port, environment, runFolder: folder.run, log: log.forService(name), report };
    const options = { name, ...places, ...(readyPath !== undefined && { readyPath }) };
    const service = superviseService(options);
    this.services.push(service);
    await this.explained(name, () => service.start(signal));
  }

  /** Adds the log of a process to the error of its start. */
  private async explained<T>(name: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (this.options.signal.aborted || error instanceof UserError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      const said = this.options.log.unseenLines(name);
      throw new UserError(`${said === '' ? '' : `${said}\n\n`}${message}`, { cause: error });
    }
  }
}
