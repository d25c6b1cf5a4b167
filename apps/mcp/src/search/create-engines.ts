import type { Config } from '../config.ts';
import { engineEgress } from './engine-access.ts';
import type { SearchEngine } from './search-engine.ts';
import { createSearxng } from './searxng.ts';
import { createSerper } from './serper.ts';

/** The engines that are configured, in the order they are asked in. */
export function createEngines({ egress: egressConfig, search, secrets }: Config): SearchEngine[] {
  const { serperUrl, searxngUrl } = search;
  const egress = engineEgress(egressConfig, searxngUrl === null ? [serperUrl] : [serperUrl, searxngUrl]);
  const engines: SearchEngine[] = [];
  if (secrets.serperApiKey !== null) {
    engines.push(createSerper({ url: serperUrl, apiKey: secrets.serperApiKey, limits: search }, egress));
  }
  if (searxngUrl !== null) engines.push(createSearxng({ url: searxngUrl, limits: search }, egress));
  return engines;
}
