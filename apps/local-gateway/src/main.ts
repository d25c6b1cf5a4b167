import { readFileSync } from 'node:fs';
import { createLogger, movedVariables, returnStartMemory } from '@antiphon/service-kit/light';
import { readConfig } from './config.ts';
import { Gateway } from './gateway.ts';
import { parseKongConfig } from './routing/kong-config.ts';

async function start(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLogger('local-gateway', config.logLevel);
  for (const warning of movedVariables(process.env)) log.warn(warning);
  const kong = parseKongConfig(readFileSync(config.kongFile, 'utf8'), config.kongFile);
  const gateway = new Gateway(config, kong, log);

  const stop = (): void => {
    log.info('stopping');
    gateway.close().then(() => process.exit(0), fail);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);

  const { address, port } = await gateway.listen();
  log.info({ address, port }, 'listening');
  returnStartMemory();
}

function fail(cause: unknown): void {
  createLogger('local-gateway', 'info').fatal(
    { err: cause },
    cause instanceof Error ? cause.message : 'the gateway cannot run',
  );
  process.exit(1);
}

start().catch(fail);
