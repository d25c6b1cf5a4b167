import { presets } from '../presets/presets.ts';
import type { LocalServer } from '../presets/preset.ts';
import { noAuthorization } from '../providers/auth/authorizer.ts';
import { callJsonOnce } from '../providers/http/json-call.ts';
import type { ProviderStreams } from '../providers/http-provider.ts';
import { inItsOwnName } from './environment-providers.ts';
import { ProviderEntry } from './file-schema.ts';
import type { ProviderSettings } from './provider-settings.ts';
import { resolveProvider } from './resolve-provider.ts';

/** How long to wait for a port. */
const timeoutMs = 500;
const answerBytesMax = 4 * 1024 * 1024;

/** The presets that listen on ports of their own on this machine. */
const localPresets: readonly { preset: string; local: LocalServer }[] = Object.entries(presets).flatMap(
  ([preset, { local }]) => (local === undefined ? [] : [{ preset, local }]),
);

/**
 * The model servers (Ollama, LM Studio, vLLM) that answer on their usual ports of this machine. A server is recognised by a path that no other one
 * has, so that this system's own gateway is not taken for one. `portOf` replaces the ports in tests.
 */
export async function findLocalServers(
  defaults: { streams: ProviderStreams },
  portOf: (preset: string, port: number) => number = (_preset, port) => port,
): Promise<ProviderSettings[]> {
  const found = await Promise.all(
    localPresets.map(async ({ preset, local }) => {
      const origin = `http://127.0.0.1:${portOf(preset, local.port)}`;
      if (!(await answers(origin, local))) return [];
      const usual = new URL(presets[preset]?.baseUrl ?? origin);
      const entry = ProviderEntry.parse({ name: preset, preset, base_url: `${origin}${usual.pathname}` });
      return [inItsOwnName(resolveProvider(entry, defaults), preset)];
    }),
  );
  return found.flat();
}

async function answers(origin: string, { path, isIts }: LocalServer): Promise<boolean> {
  const call = {
    provider: origin,
    method: 'GET',
    path,
    headers: { accept: 'application/json' },
    body: null,
    timeoutMs,
    answerBytesMax,
    authorizer: noAuthorization,
  } as const;
  try {
    return isIts(await callJsonOnce(origin, call, AbortSignal.timeout(timeoutMs)));
  } catch {
    // No server listens there, or a different one.
    return false;
  }
}
