import type { Exchange, Outcome, Plugin, Reply } from '../exchange.ts';
import { allPlugins, pluginNames } from '../routing/kong-config.ts';
import type { KongConfig, PluginEntry, PluginName, Route, Service } from '../routing/kong-config.ts';

/** Creates a plugin from its entry in the file. */
export type PluginFactory = (entry: PluginEntry) => Plugin;

/**
 * Chooses the plugins of a request as Kong does: of each name only the most specific entry (consumer, then route, then service, then
 * global), in the order of the built-in priorities. A plugin may set the consumer, which counts from then on.
 */
export class PluginChain {
  private readonly global: Slot;
  private readonly services: ReadonlyMap<string, Slot>;
  private readonly routes: ReadonlyMap<string, Slot>;
  private readonly consumers: ReadonlyMap<string, Slot>;
  private readonly resolved = new Map<string, readonly (Plugin | undefined)[]>();

  constructor(config: KongConfig, createPlugin: PluginFactory) {
    const plugins = new Map(allPlugins(config).map((entry) => [entry, createPlugin(entry)]));
    const slotOf = (entries: readonly PluginEntry[]): Slot =>
      new Map(entries.filter((entry) => entry.enabled).map((entry) => [entry.name, plugins.get(entry)]));
    this.global = slotOf(config.plugins);
    this.services = new Map(config.services.map((service) => [service.name, slotOf(service.plugins)]));
    this.routes = new Map(
      config.services.flatMap((service) =>
        service.routes.map((route) => [route.name, slotOf(route.plugins)]),
      ),
    );
    this.consumers = new Map(
      config.consumers.map((consumer) => [consumer.username, slotOf(consumer.plugins)]),
    );
  }

  /** Runs the plugins until one replies. */
  async access(exchange: Exchange): Promise<Reply | undefined> {
    let { consumer } = exchange;
    let plugins = this.pluginsFor(exchange);
    for (let index = 0; index < pluginNames.length; index += 1) {
      const outcome = plugins[index]?.access?.(exchange);
      // Most plugins answer synchronously: awaiting only the others keeps a request within one turn of the event loop.
      const reply = outcome instanceof Promise ? await outcome : outcome;
      if (reply !== undefined) return reply;
      if (exchange.consumer === consumer) continue;
      consumer = exchange.consumer;
      plugins = this.pluginsFor(exchange);
    }
    return undefined;
  }

  log(exchange: Exchange, outcome: Outcome): void {
    for (const plugin of this.pluginsFor(exchange)) plugin?.log?.(exchange, outcome);
  }

  private pluginsFor(exchange: Exchange): readonly (Plugin | undefined)[] {
    const { match, consumer } = exchange;
    const key = `${match?.route.name ?? ''}\n${consumer ?? ''}`;
    const known = this.resolved.get(key);
    if (known !== undefined) return known;
    const resolved = pluginNames.map((name) =>
      this.mostSpecific(name, match?.service, match?.route, consumer),
    );
    this.resolved.set(key, resolved);
    return resolved;
  }

  private mostSpecific(
    name: PluginName,
    service: Service | undefined,
    route: Route | undefined,
    consumer: string | undefined,
  ): Plugin | undefined {
    return (
      this.consumers.get(consumer ?? '')?.get(name) ??
      this.routes.get(route?.name ?? '')?.get(name) ??
      this.services.get(service?.name ?? '')?.get(name) ??
      this.global.get(name)
    );
  }
}

type Slot = ReadonlyMap<PluginName, Plugin | undefined>;
