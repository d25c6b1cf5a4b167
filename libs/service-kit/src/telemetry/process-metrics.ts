import { collectDefaultMetrics, type Registry } from 'prom-client';

/**
 * How often the lag of the event loop is measured. `nodejs_eventloop_lag_*` figures include it. The library's 10 ms would wake an idle process
 * a hundred times a second.
 */
const eventLoopMonitoringPrecision = 50;

/** Adds the metrics of this process to a registry: processor, memory, garbage collection, the lag of the event loop. */
export function collectProcessMetrics(register: Registry): void {
  collectDefaultMetrics({ register, eventLoopMonitoringPrecision });
}
