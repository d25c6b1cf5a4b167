export { ActiveRuns, cancelledByCaller } from './active-runs.ts';
export { responsesSchema } from './database-schema.ts';
export { loadHistory } from './history.ts';
export { ResponseRunner, type RunStart } from './response-runner.ts';
export { RuntimeModule } from './runtime.module.ts';
export { runtimeConfig, runtimeEnv, type RuntimeConfig } from './runtime-config.ts';
export { DeliveryStore, type DueDelivery } from './store/delivery.store.ts';
export { ResponseStore, type Claim, type DecidedRun, type Lease } from './store/response.store.ts';
export { WebhookSecrets } from './store/webhook-secrets.ts';
