import { Injectable } from '@nestjs/common';

/** Signals within a process that deliveries were committed. A process without the signal finds them when it polls. */
@Injectable()
export class DeliverySignal {
  private readonly listeners = new Set<() => void>();

  onRing(listener: () => void): void {
    this.listeners.add(listener);
  }

  ring(): void {
    for (const listener of this.listeners) listener();
  }
}
