import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { issuesOf } from '@antiphon/contracts';
import { ConfigError } from '@antiphon/service-kit';
import { parse } from 'yaml';
import { z } from 'zod';
import { decodeChange, serverBodies, withDefaults } from './server-body.ts';
import type { McpServer } from './server.ts';

/**
 * Reads the servers for everyone from the operator's file, in YAML or JSON. `${NAME}` in the value of a header is replaced by that variable of
 * the environment. Throws ConfigError that names all invalid entries.
 */
export function readServersFile(
  path: string,
  limits: Parameters<typeof serverBodies>[0],
  env: NodeJS.ProcessEnv,
): McpServer[] {
  const File = z.strictObject({
    servers: z.array(serverBodies(limits).New.extend({ trusted: z.boolean().default(false) })),
  });
  const { data, error } = File.safeParse(readYaml(path), { reportInput: true });
  if (error)
    throw unusable(
      path,
      issuesOf(error, { countMax: Infinity }).map(({ path: place, complaint }) => at(place, complaint)),
    );
  const places: string[] = [];
  const servers = data.servers.map(({ label, trusted, url, headers, ...rest }, index): McpServer => {
    if (data.servers.findIndex((other) => other.label === label) !== index)
      places.push(at(['servers', index, 'label'], `"${label}" is taken by another server of the file`));
    const filled: Record<string, string> = {};
    for (const [name, value] of Object.entries(headers ?? {})) {
      filled[name] = value.replace(/\$\{(\w+)\}/g, (_whole, variable: string) => {
        const text = env[variable];
        if (!text)
          places.push(at(['servers', index, 'headers', name], `the variable ${variable} must be set`));
        return text ?? '';
      });
    }
    const settings = withDefaults({ ...decodeChange(rest), url });
    return {
      ...settings,
      id: null,
      label,
      ownerId: null,
      source: 'file',
      isTrusted: trusted,
      timeouts: { ...limits.timeouts, ...settings.timeouts },
      headerNames: Object.keys(filled),
      openHeaders: () => filled,
      revision: createHash('sha256').update(JSON.stringify({ settings, filled })).digest('hex'),
      createdAt: null,
      updatedAt: null,
    };
  });
  if (places.length > 0) throw unusable(path, places);
  return servers;
}

function readYaml(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw unusable(path, [error instanceof Error ? error.message : String(error)]);
  }
}

function unusable(path: string, places: string[]): ConfigError {
  return new ConfigError(
    `MCP_SERVERS_FILE: ${path} is not usable:\n${places.map((place) => `  ${place}`).join('\n')}`,
  );
}

function at(place: readonly PropertyKey[], message: string): string {
  return place.length > 0 ? `${place.map(String).join('.')}: ${message}` : message;
}
