import { AppError } from '@antiphon/contracts';
import type { Logger } from '@antiphon/service-kit';
import { LRUCache } from 'lru-cache';
import { Circuit, type CircuitOptions } from './circuit.ts';
import type { FoundPage, SearchEngine, SearchQuery } from './search-engine.ts';

export interface WebSearchOptions {
  /** In the order of their use: the next one when the previous one fails. */
  engines: readonly SearchEngine[];
  circuit: CircuitOptions;
  /** How long results are reused, and the memory limit of all kept results. */
  cache: { ttlMs: number; bytesMax: number };
  /** Milliseconds. */
  now: () => number;
}

export interface Found {
  engine: string;
  pages: FoundPage[];
  fetchedAt: Date;
}

/** Searches with the first engine that answers, and caches its results. */
export class WebSearch {
  readonly isConfigured: boolean;
  private readonly engines: readonly { engine: SearchEngine; circuit: Circuit }[];
  /** Null without a cache. */
  private readonly found: LRUCache<string, Found> | null;
  private readonly now: () => number;

  constructor(
    { engines, circuit, cache, now }: WebSearchOptions,
    private readonly logger: Logger,
  ) {
    this.isConfigured = engines.length > 0;
    this.engines = engines.map((engine) => ({ engine, circuit: new Circuit(circuit, now) }));
    this.found = cache.ttlMs === 0 ? null : createCache(cache, now);
    this.now = now;
  }

  /** Throws `unavailable` with each engine's reason. */
  async search(query: SearchQuery, signal: AbortSignal): Promise<Found> {
    // The key holds everything that an engine gets, which includes nothing about the caller.
    const key = JSON.stringify(query);
    const known = this.found?.get(key);
    if (known) return known;
    const found = await this.ask(query, signal);
    // An empty result may be a passing fault of the engine.
    if (found.pages.length > 0) this.found?.set(key, found);
    return found;
  }

  private async ask(query: SearchQuery, signal: AbortSignal): Promise<Found> {
    const failures: string[] = [];
    for (const { engine, circuit } of this.engines) {
      if (!circuit.enter()) {
        failures.push(`${engine.name}: failed several times and is paused for a while`);
        continue;
      }
      try {
        const pages = await engine.search(query, signal);
        circuit.succeeded();
        return { engine: engine.name, pages, fetchedAt: new Date(this.now()) };
      } catch (thrown) {
        signal.throwIfAborted();
        const error = AppError.from(thrown);
        // A query that the engine refuses must not stop it for other callers.
        if (error.code === 'invalid_request') circuit.succeeded();
        else circuit.failed();
        this.logger.warn({ engine: engine.name, err: error }, 'a search engine failed');
        failures.push(`${engine.name}: ${error.message}`);
      }
    }
    throw new AppError('unavailable', `no search engine answered (${failures.join('; ')})`);
  }
}

function createCache({ ttlMs, bytesMax }: WebSearchOptions['cache'], now: () => number) {
  return new LRUCache<string, Found>({
    ttl: ttlMs,
    ttlResolution: 0,
    maxSize: bytesMax,
    sizeCalculation: ({ pages }, key) => 2 * (key.length + JSON.stringify(pages).length),
    perf: { now },
  });
}
