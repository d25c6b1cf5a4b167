import { type RunningService, type ServiceDefinition, startService } from './boot.ts';
import { MemoryBus } from './bus/memory-bus.ts';
import { movedVariables } from './config/moved-variables.ts';
import { MemoryEvents } from './outbox/memory-events.ts';
import { exitWith, stopOnSignals } from './process-end.ts';
import { createLogger, standardOutput } from './telemetry/logger.ts';
import { returnStartMemory } from './telemetry/start-memory.ts';

/** The services of one process, in the order of their start: those that others call come first. */
export type ServiceGroups = readonly (readonly ServiceDefinition[])[];

/**
 * Runs several services as this process, each with its own Nest application and HTTP port, over a bus and events in memory: no NATS server
 * is needed. A group of services starts once those before it run. On SIGTERM and SIGINT the groups stop in the reverse order, so that a run
 * still reaches its model and tools, within one grace for all. `define` reads the environment, so that its errors are printed as one line.
 */
export async function bootTogether(name: string, define: () => ServiceGroups): Promise<void> {
  try {
    const groups = define();
    const sink = standardOutput();
    const loggerOf = ({ name, config }: ServiceDefinition) =>
      createLogger(name, config.service.logLevel, sink);
    const [first] = groups.flat();
    if (!first) throw new Error('a process needs a service');
    const logger = loggerOf({ ...first, name });
    for (const warning of movedVariables(process.env)) logger.warn(warning);

    const bus = new MemoryBus();
    const events = new MemoryEvents();
    const running: RunningService[][] = [];
    for (const group of groups) {
      const starts = group.map((definition) =>
        startService(definition, bus.otherEnd(), loggerOf(definition), events),
      );
      running.push(await Promise.all(starts));
    }
    events.open();

    const { shutdownDrainMs, shutdownGraceMs } = first.config.service;
    const stop = async () => {
      events.close();
      await stopInTurn(running.toReversed(), shutdownDrainMs + shutdownGraceMs);
    };
    stopOnSignals(stop, shutdownDrainMs * groups.length + shutdownGraceMs, logger);
    logger.info({ urls: running.flat().map(({ url }) => url) }, 'ready');
    returnStartMemory();
  } catch (error) {
    exitWith(error);
  }
}

/** A group gets the rest of the grace after the groups before it. */
async function stopInTurn(groups: RunningService[][], graceMs: number): Promise<void> {
  const endsAtMs = performance.now() + graceMs;
  for (const group of groups) {
    const leftMs = Math.max(0, endsAtMs - performance.now());
    await Promise.all(group.map((service) => service.stop(leftMs)));
  }
}
