import { issuesOf } from '@antiphon/contracts';
import { type ProviderPreset, providerTable } from '../../presets/provider-table.ts';
import { modelFamilies } from './model-families.ts';
import { type ModelQuirks, plainQuirks, ProviderQuirks, type QuirkChanges } from './provider-quirks.ts';

/** Where the quirks of the configured provider come from. */
export interface QuirkSource {
  /** Null for a provider without a row in the table. */
  preset: ProviderPreset | null;
  /** The operator's settings; they override everything else. */
  settings: QuirkChanges;
  /** Those of every server of the API; omitted: none. */
  protocol?: QuirkChanges | undefined;
}

/** Finds the row of a provider by the operator's `preset`, else by the host of its base URL. */
export function presetOf(baseUrl: string, name: string | null): ProviderPreset | null {
  if (name !== null) return providerTable[name] ?? null;
  const host = new URL(baseUrl).hostname;
  const row = Object.values(providerTable).find(({ hosts }) =>
    hosts.some((known) => (known.startsWith('*') ? host.endsWith(known.slice(1)) : host === known)),
  );
  return row ?? null;
}

/** The quirks for one model. Precedence: the operator, the provider's model, the provider, the model family, the API, the defaults. */
export function quirksFor(model: string, { preset, settings, protocol }: QuirkSource): ModelQuirks {
  const families = modelFamilies.filter(({ names }) => names.test(model));
  const models = (preset?.models ?? []).filter(({ names }) => names.test(model));
  return Object.assign(
    {},
    plainQuirks,
    protocol,
    ...families.map(({ quirks }) => quirks),
    preset?.quirks,
    ...models.map(({ quirks }) => quirks),
    settings,
  ) as ModelQuirks; // every part is a partial ModelQuirks, and the first is whole
}

/**
 * Parses the operator's `PROVIDER_QUIRKS`: entries `name=value`. `preset` selects a row of the table; the other names are those of
 * `ProviderQuirks`. Throws an error that names the invalid entry.
 */
export function readQuirkSettings(entries: readonly string[]): {
  preset: string | null;
  settings: QuirkChanges;
} {
  let preset: string | null = null;
  const settings: Record<string, unknown> = {};
  for (const entry of entries) {
    const [name = '', value = ''] = entry.split('=', 2).map((text) => text.trim());
    if (name === 'preset') {
      if (!Object.hasOwn(providerTable, value))
        throw new Error(`preset must be one of ${Object.keys(providerTable).join(', ')}, got "${value}"`);
      preset = value;
      continue;
    }
    const field = Object.hasOwn(ProviderQuirks.shape, name)
      ? ProviderQuirks.shape[name as keyof typeof ProviderQuirks.shape] // it was looked for
      : undefined;
    if (field === undefined)
      throw new Error(
        `must hold preset=… or name=value pairs of ${Object.keys(ProviderQuirks.shape).join(', ')}, got "${entry}"`,
      );
    const parsed = field.safeParse(value);
    if (!parsed.success)
      throw new Error(`${name} ${issuesOf(parsed.error)[0]?.complaint ?? 'is wrong'}, got "${value}"`);
    settings[name] = parsed.data;
  }
  return { preset, settings };
}
