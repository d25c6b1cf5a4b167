/**
 * Puts kong/kong.yml, with auth's current signing keys filled in, into a Kong without a database: `node tools/kong-sync.ts [--dry-run]`.
 * Run it after every change of the file and after every key rotation; it changes nothing where nothing is new.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import axios from 'axios';
import { KongAdminClient } from './kong-admin.client.ts';
import { compareDeclarations, Jwks, renderDeclaration } from './kong-declaration.ts';

export interface SyncOptions {
  readonly kongFile: string;
  readonly adminUrl: string;
  readonly jwksUrl: string;
  readonly timeoutMs: number;
  readonly isDryRun: boolean;
}

/** What was done, or in a dry run would be, a line each. */
export async function syncKong(options: SyncOptions): Promise<string[]> {
  const { adminUrl, timeoutMs } = options;
  const kong = new KongAdminClient({ url: adminUrl, timeoutMs });
  const version = await kong.requireNoDatabase();
  const wanted = renderDeclaration(readFileSync(options.kongFile, 'utf8'), await readJwks(options));
  const difference = compareDeclarations(await kong.readConfig(), wanted);
  if (options.isDryRun) return difference.length === 0 ? ['nothing would change'] : difference;
  const result = await kong.writeConfig(wanted);
  if (result === 'unchanged') return [`Kong ${version} has this configuration already`];
  return [...difference, `Kong ${version} has taken the configuration`];
}

async function readJwks({ jwksUrl, timeoutMs }: SyncOptions): Promise<Jwks> {
  try {
    const { data } = await axios.get<unknown>(jwksUrl, { timeout: timeoutMs, proxy: false });
    return Jwks.parse(data);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the signing keys cannot be read from ${jwksUrl}: ${reason}`, { cause });
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } });
  const lines = await syncKong({
    kongFile: process.env['KONG_CONFIG'] ?? 'kong/kong.yml',
    adminUrl: process.env['KONG_ADMIN_URL'] ?? 'http://127.0.0.1:8001',
    jwksUrl: process.env['AUTH_JWKS_URL'] ?? 'http://127.0.0.1:8081/.well-known/jwks.json',
    timeoutMs: Number(process.env['KONG_ADMIN_TIMEOUT_MS'] ?? 10_000),
    isDryRun: values['dry-run'],
  });
  console.log(lines.join('\n'));
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
