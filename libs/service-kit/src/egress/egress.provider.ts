import type { FactoryProvider } from '@nestjs/common';
import { LOGGER, type Logger } from '../telemetry/logger.ts';
import { Egress, type EgressConfig } from './egress.ts';

/** Nest's provider for `Egress`. It logs the private hosts that may be reached. */
export function egressProvider(
  config: EgressConfig,
  purpose: ConstructorParameters<typeof Egress>[1],
): FactoryProvider<Egress> {
  return {
    provide: Egress,
    inject: [LOGGER],
    useFactory: (logger: Logger) => {
      if (config.allowedHosts.length > 0)
        logger.info({ allowedHosts: config.allowedHosts }, 'private hosts may be reached');
      return new Egress(config, purpose);
    },
  };
}
