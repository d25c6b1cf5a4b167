import { randomUUID } from 'node:crypto';
import { type HealthChange, llmHealthChanged, llmHealthRequested } from '@antiphon/contracts';
import { BusClient, Subscribes } from '@antiphon/service-kit';
import { Controller } from '@nestjs/common';
import { ModelHealth } from './model-health.ts';

/** Shares the health of providers between all instances of this service. */
@Controller()
export class HealthHandler {
  private readonly id = randomUUID();
  private stop: () => void = () => undefined;

  constructor(
    private readonly bus: BusClient,
    private readonly health: ModelHealth,
  ) {
    health.onChange = (change) => this.publish(change);
  }

  /** Called by Nest when the service starts. The subscription comes before the request, so that no answer is missed. */
  onApplicationBootstrap(): void {
    this.stop = this.bus.subscribe(llmHealthChanged, (change) => {
      if (change.from !== this.id) this.health.apply(change);
    });
    this.bus.publish(llmHealthRequested, {});
  }

  /** Called by Nest when the service stops. */
  beforeApplicationShutdown(): void {
    this.stop();
  }

  @Subscribes(llmHealthRequested)
  onRequested(): void {
    const { changes } = this.health;
    if (Object.values(changes).some((list) => list.length > 0)) this.publish(changes);
  }

  private publish(change: HealthChange): void {
    this.bus.publish(llmHealthChanged, { ...change, from: this.id });
  }
}
