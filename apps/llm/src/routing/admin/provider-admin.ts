import { AppError } from '@antiphon/contracts';
import { LOGGER, type Logger } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { AdminProvider } from '../../http/routes.ts';
import { ProviderSet } from '../../providers/provider-set.ts';
import { ModelHealth, type ProviderState } from '../health/model-health.ts';

type ProviderView = z.input<typeof AdminProvider>;

/** Shows and switches the configured providers. */
@Injectable()
export class ProviderAdmin {
  constructor(
    private readonly set: ProviderSet,
    private readonly health: ModelHealth,
    @Inject(LOGGER) private readonly logger: Pick<Logger, 'info'>,
  ) {}

  list(): ProviderView[] {
    return this.set.current.providers.map(({ name }) => this.viewOf(name));
  }

  /** Throws `not_found`. */
  switch(name: string, isEnabled: boolean): ProviderView {
    if (!this.set.current.providers.some((provider) => provider.name === name))
      throw new AppError('not_found', `No provider has the name "${name.slice(0, 200)}"`);
    this.health.switch(name, isEnabled, Date.now());
    this.logger.info({ provider: name, isEnabled }, 'an administrator switched the provider');
    return this.viewOf(name);
  }

  private viewOf(name: string): ProviderView {
    const state = this.health.stateOf(name);
    return {
      name,
      enabled: state.isEnabled,
      health: healthOf(state),
      open_for_ms: Math.ceil(state.openForMs),
      cooldowns: state.cooldowns.map(({ model, reason, forMs }) => ({ model, reason, ends_in_ms: forMs })),
      requests_under_way: state.underWay,
      weight: this.set.current.weights.get(name) ?? 1,
    };
  }
}

function healthOf({ breaker, cooldowns }: ProviderState): ProviderView['health'] {
  if (breaker === 'open') return 'open';
  if (breaker === 'half_open') return 'probing';
  return cooldowns.length > 0 ? 'cooling' : 'ok';
}
