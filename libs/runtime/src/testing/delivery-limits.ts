import type { DeliveryLimits } from '../webhooks/delivery-queue.ts';

/** The defaults of the worker. */
export const deliveryLimits: DeliveryLimits = {
  perHostMax: 2,
  hostFailuresMax: 5,
  hostRestMs: 30_000,
  hostRestMaxMs: 600_000,
  disableAfterMs: 5 * 86_400_000,
  attemptsKept: 20,
};
