import { responsesQueued } from '@antiphon/contracts';
import type { BusClient } from '@antiphon/service-kit';

/** Wakes the workers for a queued response. Without NATS they find it when they poll. */
export function announceQueued(bus: Pick<BusClient, 'isConnected' | 'publish'>): void {
  if (bus.isConnected) bus.publish(responsesQueued, {});
}
