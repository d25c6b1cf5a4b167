import { AppError } from '@antiphon/contracts';
import { LOGGER, type Logger } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { AdminProvider } from '../../http/routes.ts';
import { ProviderSet } from '../../providers/provider-set.ts';
import { ModelHealth, type ProviderState } from '../health/model-health.ts';
import { ProviderRooms } from '../rooms/provider-rooms.ts';

type ProviderView = z.input<typeof AdminProvider>;

/** Shows and switches the configured providers. */
@Injectable()
export class ProviderAdmin {
  constructor(
    private readonly set: ProviderSet,
    private readonly health: ModelHealth,
    private readonly rooms: ProviderRooms,
    @Inject(LOGGER) private readonly logger: Pick<Logger, 'info'>,
  ) {}

  list(): ProviderView[] {
    const { providers, disabled = [] } = this.set.current;
    return [...providers, ...disabled].map(({ name }) => this.viewOf(name));
  }

  /** Throws `not_found`, and `conflict` for a provider that the file switches off. */
  switch(name: string, isEnabled: boolean): ProviderView {
    if (this.isOffInFile(name))
      throw new AppError(
        'conflict',
        `The provider ${name} has "enabled: false" in the providers file; change it there`,
      );
    if (!this.set.current.providers.some((provider) => provider.name === name))
      throw new AppError('not_found', `No provider has the name "${name.slice(0, 200)}"`);
    this.health.switch(name, isEnabled, Date.now());
    this.logger.info({ provider: name, isEnabled }, 'an administrator switched the provider');
    return this.viewOf(name);
  }

  private viewOf(name: string): ProviderView {
    const state = this.health.stateOf(name);
    const disabledBy = this.isOffInFile(name) ? 'file' : state.isEnabled ? null : 'administrator';
    return {
      name,
      enabled: disabledBy === null,
      disabled_by: disabledBy,
      health: healthOf(state),
      open_for_ms: Math.ceil(state.openForMs),
      cooldowns: state.cooldowns.map(({ model, reason, forMs }) => ({ model, reason, ends_in_ms: forMs })),
      requests_under_way: state.underWay,
      requests_waiting: this.rooms.waitingAt(name),
      weight: this.weightOf(name),
    };
  }

  private isOffInFile(name: string): boolean {
    return this.set.current.disabled?.some((provider) => provider.name === name) === true;
  }

  private weightOf(name: string): number {
    const { weights, disabled } = this.set.current;
    return weights.get(name) ?? disabled?.find((provider) => provider.name === name)?.weight ?? 1;
  }
}

function healthOf({ breaker, cooldowns }: ProviderState): ProviderView['health'] {
  if (breaker === 'open') return 'open';
  if (breaker === 'half_open') return 'probing';
  return cooldowns.length > 0 ? 'cooling' : 'ok';
}
