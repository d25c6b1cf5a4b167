import type { DisabledProvider, ModelRoute } from '../provider-config/provider-settings.ts';
import type { Provider } from './provider.ts';

/** The providers in use, the default one first, and the operator's model names. */
export interface ProvidersInUse {
  providers: readonly Provider[];
  /** The shares of providers that serve the same model, by name; 1 for others. */
  weights: ReadonlyMap<string, number>;
  models: ReadonlyMap<string, ModelRoute>;
  /** Providers that the file switches off. Left out: none. */
  disabled?: readonly DisabledProvider[];
}

/** The providers that requests go to. They change with the providers file. */
export class ProviderSet {
  private inUse: ProvidersInUse;
  private readonly listeners: ((current: ProvidersInUse) => void)[] = [];
  private readonly retiring = new Set<Provider>();
  private stopWatching: () => void = () => undefined;

  constructor(first: ProvidersInUse) {
    this.inUse = first;
  }

  get current(): ProvidersInUse {
    return this.inUse;
  }

  /** `listener` is called after each change. */
  onChange(listener: (current: ProvidersInUse) => void): void {
    this.listeners.push(listener);
  }

  /** `stop` is called when the service stops. */
  watchedUntil(stop: () => void): void {
    this.stopWatching = stop;
  }

  /** Requests under way end at the providers that they began at. */
  replace(next: ProvidersInUse): void {
    const left = this.inUse.providers.filter((provider) => !next.providers.includes(provider));
    this.inUse = next;
    for (const listener of this.listeners) listener(next);
    for (const provider of left) {
      this.retiring.add(provider);
      void provider.retire().finally(() => this.retiring.delete(provider));
    }
  }

  /** Called by Nest when the service stops. */
  async onApplicationShutdown(): Promise<void> {
    this.stopWatching();
    await Promise.all([...this.inUse.providers, ...this.retiring].map((provider) => provider.close()));
  }
}
