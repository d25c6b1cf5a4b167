import { directSchemas, type ScriptedModel, ScriptedTools, testLimits } from '@antiphon/engine/testing';
import { createLogger, noTracing, type Tracing } from '@antiphon/service-kit';
import type { MemoryBus } from '@antiphon/service-kit/testing';
import { RunEvents } from '../event-log/run-events.ts';
import type { RunLogLimits } from '../event-log/run-log.ts';
import type { ModelDirectory } from '../remote/rpc-language-model.ts';
import { ActiveRuns } from '../runs/active-runs.ts';
import { LeaseKeeper } from '../runs/lease-keeper.ts';
import { ResponseRunner } from '../runs/response-runner.ts';
import { RunPortsFactory } from '../runs/run-ports.ts';
import { RunSaver } from '../runs/run-saver.ts';
import { anyModels } from './any-models.ts';
import { testCompactions, testReasoning } from './test-reasoning.ts';
import type { TestStores } from './test-stores.ts';

const logger = createLogger('test', 'silent');

/** A runner over the stores of a process, with a model and tools of the test. */
export function testRunner(
  stores: TestStores,
  bus: MemoryBus,
  {
    model,
    tools = new ScriptedTools(),
    models = anyModels,
    log = { flushMs: 5, flushBytes: 100, bufferBytes: 1_000 },
    events = testRunEvents(stores, bus),
    tracing = noTracing,
  }: {
    model: Pick<ScriptedModel, 'stream'>;
    tools?: ScriptedTools;
    models?: ModelDirectory;
    log?: RunLogLimits;
    events?: RunEvents;
    tracing?: Tracing;
  },
) {
  const runs = new ActiveRuns(bus);
  const keeper = new LeaseKeeper(stores.leases, logger, 20);
  const saver = new RunSaver(
    stores.responses,
    stores.leases,
    keeper,
    stores.log,
    events,
    stores.usage,
    log,
    logger,
  );
  const ports = new RunPortsFactory(model, tools, directSchemas, testReasoning, testCompactions, logger);
  return { runner: new ResponseRunner(runs, saver, ports, models, tracing, testLimits), runs, keeper };
}

/** The events of a process's stored responses, read in small pages. */
export function testRunEvents(stores: TestStores, bus: MemoryBus, pollMs = 20): RunEvents {
  return new RunEvents(stores.responses, stores.log, bus, {
    pollMs,
    page: { burstsMax: 2, bytesMax: 1_000 },
  });
}
