import { responsesQueued } from '@antiphon/contracts';
import type { RpcBus } from '@antiphon/service-kit';

/** Wakes the workers up for a queued response. Without NATS they find it when they poll. */
export function announceQueued(bus: Pick<RpcBus, 'isConnected' | 'tell'>): void {
  if (bus.isConnected) bus.tell(responsesQueued, {});
}
