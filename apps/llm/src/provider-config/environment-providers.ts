import { ConfigError } from '@antiphon/service-kit';
import { presets } from '../presets/presets.ts';
import { providerTable } from '../presets/provider-table.ts';
import type { ProviderStreams } from '../providers/http-provider.ts';
import { ProviderEntry } from './file-schema.ts';
import type { ProviderSettings } from './provider-settings.ts';
import { EntryError, resolveProvider } from './resolve-provider.ts';

/** A provider that variables add without a file. */
export interface EnvironmentProvider {
  settings: ProviderSettings;
  /** If the providers file refers to any of them, the file configures this provider. */
  variables: readonly string[];
}

/** The variables of Azure and AWS; the keys of the other providers are in their presets. */
const azureVariables = ['AZURE_OPENAI_ENDPOINT', 'AZURE_OPENAI_API_KEY', 'AZURE_OPENAI_API_VERSION'];
const awsVariables = [
  'AWS_BEARER_TOKEN_BEDROCK',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
];

/** The variables that add providers, beside those of the config's schema. */
export const providerVariables: readonly string[] = [
  ...Object.values(presets).flatMap(({ keyVariable }) => keyVariable ?? []),
  ...azureVariables,
  ...awsVariables,
];

/**
 * The providers whose usual variables are set: a key, Azure's endpoint and key, AWS's credentials and region. Each is named by its preset. An empty
 * variable counts as unset. Throws ConfigError that names a wrong variable.
 */
export function environmentProviders(
  env: NodeJS.ProcessEnv,
  defaults: { streams: ProviderStreams },
): EnvironmentProvider[] {
  const keyed = Object.entries(presets).flatMap(([preset, { keyVariable }]) => {
    const key = keyVariable === undefined ? undefined : env[keyVariable];
    return keyVariable !== undefined && key
      ? [{ preset, fields: { api_key: key }, variables: [keyVariable] }]
      : [];
  });
  return [...keyed, ...azure(env), ...aws(env)].map(({ preset, fields, variables }) => {
    try {
      const entry = ProviderEntry.parse({ name: preset, preset, ...fields });
      const settings = resolveProvider(entry, defaults);
      return { settings: inItsOwnName(settings, preset), variables };
    } catch (error) {
      if (!(error instanceof EntryError)) throw error;
      throw new ConfigError(`${variables.join(', ')}: ${error.field} ${error.message}`);
    }
  });
}

interface Found {
  preset: string;
  fields: Partial<ProviderEntry>;
  variables: readonly string[];
}

function azure(env: NodeJS.ProcessEnv): Found[] {
  const {
    AZURE_OPENAI_ENDPOINT: endpoint,
    AZURE_OPENAI_API_KEY: key,
    AZURE_OPENAI_API_VERSION: version,
  } = env;
  if (!endpoint) return [];
  if (!URL.canParse(endpoint)) throw new ConfigError('AZURE_OPENAI_ENDPOINT: must be an http or https URL');
  const { origin, pathname } = new URL(endpoint);
  const path = pathname === '/' ? '/openai/v1' : pathname.replace(/\/+$/, '');
  const base_url = `${origin}${path}${version ? `?api-version=${encodeURIComponent(version)}` : ''}`;
  return [
    { preset: 'azure_openai', fields: { base_url, ...(key && { api_key: key }) }, variables: azureVariables },
  ];
}

function aws(env: NodeJS.ProcessEnv): Found[] {
  const region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'];
  const bearer = env['AWS_BEARER_TOKEN_BEDROCK'];
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = env;
  if (!region || !(bearer || (id && secret))) return [];
  const fields: Partial<ProviderEntry> = bearer
    ? { region, api_key: bearer }
    : {
        region,
        ...(id && { access_key_id: id }),
        ...(secret && { secret_access_key: secret }),
        ...(token && { session_token: token }),
      };
  return [{ preset: 'aws_bedrock', fields, variables: awsVariables }];
}

/** The provider's own name in messages, and its host as the account, as for the one of OPENAI_API_KEY. */
export function inItsOwnName(settings: ProviderSettings, preset: string): ProviderSettings {
  const title = settings.quirks.preset?.title ?? providerTable[preset]?.title ?? settings.title;
  return { ...settings, title, account: new URL(settings.baseUrl).host };
}
