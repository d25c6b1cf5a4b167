export { dataFolder, type DataFolder } from './data-folder.ts';
export { startNats, type NatsOptions, type NatsServer } from './nats.ts';
export { endLeftovers } from './pid-files.ts';
export { choosePort, isPortFree, loopback } from './ports.ts';
export { startPostgres, type PostgresOptions, type PostgresServer } from './postgres.ts';
export { removePostgresHome } from './postgres-home.ts';
export {
  describeExit,
  killAllProcesses,
  startProcess,
  type ProcessExit,
  type ProcessOptions,
  type RunningProcess,
} from './processes.ts';
export { fetchedProgramsFolder, repositoryRoot } from './repository.ts';
export {
  chooseServicePorts,
  serviceEnvironment,
  serviceNames,
  superviseService,
  type ServiceName,
  type ServiceOptions,
  type Wiring,
} from './services.ts';
export { Supervisor, type SupervisorOptions } from './supervisor.ts';
