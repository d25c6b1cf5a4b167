import { Pool } from 'undici';
import type { Service } from '../routing/kong-config.ts';

/** The services' addresses, and a pool of kept connections for each. */
export class Upstreams {
  readonly #addresses: ReadonlyMap<string, URL>;
  readonly #pools = new Map<string, Pool>();

  constructor(addresses: ReadonlyMap<string, URL>) {
    this.#addresses = addresses;
  }

  /** Where a service is: its host name looked up among the configured addresses, else as the file says. */
  addressOf({ url }: Service): URL {
    return this.#addresses.get(url.hostname) ?? url;
  }

  /** Unbounded by itself: every connection here stands for one of the gateway's own, which are bounded. */
  poolFor(service: Service): Pool {
    const known = this.#pools.get(service.name);
    if (known !== undefined) return known;
    const pool = new Pool(this.addressOf(service).origin, { connect: { timeout: service.connect_timeout } });
    this.#pools.set(service.name, pool);
    return pool;
  }

  /** Ends every connection, whatever runs on it. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }
}
