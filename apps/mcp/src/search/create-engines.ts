import type { Config } from '../config.ts';
import { operatorEgress } from '../egress/operator-egress.ts';
import { createExa } from './exa.ts';
import type { SearchEngine } from './search-engine.ts';
import { createSearxng } from './searxng.ts';
import { createSerper } from './serper.ts';
import { createTavily } from './tavily.ts';

/** The configured engines, in the order of their use. */
export function createEngines({ egress: egressConfig, search: limits, secrets }: Config): SearchEngine[] {
  const { serperUrl, tavilyUrl, exaUrl, searxngUrl } = limits;
  const { serperApiKey, tavilyApiKey, exaApiKey } = secrets;
  const urls = [serperUrl, tavilyUrl, exaUrl, ...(searxngUrl === null ? [] : [searxngUrl])];
  const egress = operatorEgress(egressConfig, urls);
  const engines: SearchEngine[] = [];
  if (serperApiKey !== null) {
    engines.push(createSerper({ url: serperUrl, apiKey: serperApiKey, limits }, egress));
  }
  if (tavilyApiKey !== null) {
    engines.push(createTavily({ url: tavilyUrl, apiKey: tavilyApiKey, limits }, egress));
  }
  if (exaApiKey !== null) {
    engines.push(createExa({ url: exaUrl, apiKey: exaApiKey, limits, now: Date.now }, egress));
  }
  if (searxngUrl !== null) engines.push(createSearxng({ url: searxngUrl, limits }, egress));
  return engines;
}
