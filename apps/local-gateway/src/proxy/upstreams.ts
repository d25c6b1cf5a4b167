import { Pool } from 'undici';
import type { Service } from '../routing/kong-config.ts';

/** The services' addresses, with a connection pool for each. */
export class Upstreams {
  private readonly addresses: ReadonlyMap<string, URL>;
  private readonly pools = new Map<string, Pool>();

  constructor(addresses: ReadonlyMap<string, URL>) {
    this.addresses = addresses;
  }

  /** Returns the address of a service: the configured one of its host name, otherwise that of the file. */
  addressOf({ url }: Service): URL {
    return this.addresses.get(url.hostname) ?? url;
  }

  /** Unbounded, because each connection belongs to one of the gateway's own, which are bounded. */
  poolFor(service: Service): Pool {
    const known = this.pools.get(service.name);
    if (known !== undefined) return known;
    const pool = new Pool(this.addressOf(service).origin, { connect: { timeout: service.connect_timeout } });
    this.pools.set(service.name, pool);
    return pool;
  }

  /** Ends every connection with its requests. */
  async destroy(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.destroy()));
  }
}
