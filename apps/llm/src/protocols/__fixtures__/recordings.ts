import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Recorded replies of real providers, where there are any: see CONTRIBUTING.md. */
const folder = resolve(
  process.env['PROVIDER_RECORDINGS'] ?? join(import.meta.dirname, '../../../../../../shared/recordings'),
);

export interface Recording {
  name: string;
  /** The events of a stream, or null for a whole reply. */
  events: string[] | null;
  body: string;
}

/** The recordings of a provider. */
export function recordingsOf(provider: string): Recording[] {
  const place = join(folder, provider);
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .filter((name) => /\.(chunks\.txt|json)$/.test(name))
    .sort()
    .map((name): Recording => {
      const body = readFileSync(join(place, name), 'utf8');
      const isStream = name.endsWith('.chunks.txt');
      return { name, body, events: isStream ? body.split('\n').filter((line) => line.trim() !== '') : null };
    });
}
