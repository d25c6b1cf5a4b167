import { readFileSync } from 'node:fs';
import { issuesOf, parsedJson } from '@antiphon/contracts';
import type { Preset } from '../presets/preset.ts';
import { presets } from '../presets/presets.ts';
import { providerTable } from '../presets/provider-table.ts';
import { presetOf } from '../protocols/quirks/resolve-quirks.ts';
import { ServiceAccount } from '../providers/auth/google-service-account.ts';
import type { ProviderStreams } from '../providers/http-provider.ts';
import type { ProviderEntry } from './file-schema.ts';
import { readStated } from './stated-models.ts';
import type { Credentials, ProviderSettings } from './provider-settings.ts';

/** A wrong field of a provider's entry. */
export class EntryError extends Error {
  override readonly name = 'EntryError';

  constructor(
    readonly field: keyof ProviderEntry,
    complaint: string,
  ) {
    super(complaint);
  }
}

/** An entry of the file, completed by its preset. Throws EntryError for a field that is missing or does not fit the preset. */
export function resolveProvider(
  entry: ProviderEntry,
  defaults: { streams: ProviderStreams },
): ProviderSettings {
  const preset = presetNamed(entry.preset);
  const baseUrl = baseUrlOf(entry, preset);
  const { connect, first_byte: firstByte, silence } = entry.timeouts;
  return {
    name: entry.name,
    title: entry.name,
    protocol: entry.protocol ?? preset.protocol,
    baseUrl,
    credentials: credentialsOf(entry, preset),
    headers: { ...preset.headers, ...entry.headers },
    account: entry.account ?? `${new URL(baseUrl).host}#${entry.name}`,
    quirks: {
      preset: preset.quirks === null ? presetOf(baseUrl, null) : (providerTable[preset.quirks] ?? null),
      settings: entry.quirks,
    },
    models: entry.models ?? null,
    stated: readStated(entry),
    weight: entry.weight,
    limits: {
      ...(connect !== undefined && { connectTimeoutMs: connect }),
      ...(firstByte !== undefined && { firstByteTimeoutMs: firstByte }),
      ...(silence !== undefined && { silenceTimeoutMs: silence }),
      room: roomOf(entry),
    },
    streams: entry.stream ?? defaults.streams,
    hostedTools: entry.hosted_tools,
  };
}

function roomOf({ concurrency, queue }: ProviderEntry): ProviderSettings['limits']['room'] {
  return {
    ...(concurrency !== undefined && { concurrencyMax: concurrency }),
    ...(queue.length !== undefined && { queueMax: queue.length }),
    ...(queue.wait !== undefined && { queueWaitMs: queue.wait }),
  };
}

/** Throws for a name that is no preset, which the schema excludes. */
export function presetNamed(name: string): Preset {
  const preset = presets[name];
  if (preset === undefined) throw new Error(`no preset ${name}`);
  return preset;
}

function baseUrlOf(entry: ProviderEntry, preset: Preset): string {
  if (entry.base_url !== undefined) return entry.base_url;
  if (preset.baseUrl === null) throw new EntryError('base_url', `must be set for ${entry.preset}`);
  // Vertex's global region has no host of its own.
  const host = entry.region === 'global' ? preset.baseUrl.replace('{region}-', '') : preset.baseUrl;
  return host.replace(/\{(region|project)\}/g, (_place, field: 'region' | 'project') => {
    const value = entry[field];
    if (value === undefined)
      throw new EntryError(field, `must be set for ${entry.preset} without a base_url`);
    return value;
  });
}

function credentialsOf(entry: ProviderEntry, { auth }: Preset): Credentials {
  refuseOthers(entry, auth === 'aws' ? awsFields : auth === 'google' ? googleFields : ['api_key']);
  if (auth === 'aws') return awsCredentialsOf(entry);
  if (auth === 'google') return { type: 'google', account: serviceAccountOf(entry) };
  const { api_key: key } = entry;
  if (key === undefined) {
    if (auth === 'bearer_if_any') return { type: 'none' };
    if (auth === 'azure') return { type: 'azure' };
    throw new EntryError('api_key', `must be set for ${entry.preset}`);
  }
  if (auth === 'azure') return { type: 'header', name: 'api-key', key };
  return typeof auth === 'string' ? { type: 'bearer', key } : { type: 'header', name: auth.header, key };
}

type CredentialField =
  'api_key' | 'service_account' | 'access_key_id' | 'secret_access_key' | 'session_token' | 'profile';
const credentialFields: readonly CredentialField[] = [
  'api_key',
  'service_account',
  'access_key_id',
  'secret_access_key',
  'session_token',
  'profile',
];
const awsFields: readonly CredentialField[] = [
  'api_key',
  'access_key_id',
  'secret_access_key',
  'session_token',
  'profile',
];
const googleFields: readonly CredentialField[] = ['service_account'];

function refuseOthers(entry: ProviderEntry, known: readonly CredentialField[]): void {
  for (const field of credentialFields)
    if (entry[field] !== undefined && !known.includes(field))
      throw new EntryError(field, `is not used by ${entry.preset}, which takes ${known.join(', ')}`);
}

function awsCredentialsOf(entry: ProviderEntry): Credentials {
  if (entry.api_key !== undefined) return { type: 'bearer', key: entry.api_key };
  const region = entry.region ?? regionIn(entry.base_url);
  if (region === null) throw new EntryError('region', `must be set for ${entry.preset}`);
  const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, profile = null } = entry;
  const sessionToken = entry.session_token ?? null;
  if (accessKeyId === undefined && secretAccessKey === undefined && sessionToken === null)
    return { type: 'aws', credentials: null, profile, region };
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new EntryError(
      'access_key_id',
      'must be set together with secret_access_key; without both, the credentials of this machine or of a profile are used',
    );
  if (profile !== null) throw new EntryError('profile', 'cannot be combined with keys');
  return { type: 'aws', credentials: { accessKeyId, secretAccessKey, sessionToken }, profile, region };
}

/** The region in one of AWS's host names. */
function regionIn(baseUrl: string | undefined): string | null {
  const host = baseUrl === undefined ? '' : new URL(baseUrl).hostname;
  return /\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(host)?.[1] ?? null;
}

/** Null: Google's default credentials. */
function serviceAccountOf({ service_account: given }: ProviderEntry): ServiceAccount | null {
  if (given === undefined) return null;
  const result = ServiceAccount.safeParse(
    parsedJson(given.trimStart().startsWith('{') ? given : readKey(given)),
  );
  if (result.success) return result.data;
  const [issue] = issuesOf(result.error);
  throw new EntryError(
    'service_account',
    `${issue?.path.join('.') ?? ''} ${issue?.complaint ?? 'is wrong'}`.trim(),
  );
}

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read';
    throw new EntryError('service_account', `must be the JSON of a key, or the path of its file (${reason})`);
  }
}
