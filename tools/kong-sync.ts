/**
 * Loads kong/kong.yml, with auth's current signing keys filled in, into a Kong without a database: `node tools/kong-sync.ts [--dry-run |
 * --every SECONDS]`. Run it after every change of the file, every key rotation and every restart or reload of Kong; it changes nothing if
 * nothing is new. With `--every` it repeats until SIGTERM and logs each change and each failure.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import axios from 'axios';
import { KongAdminClient } from './kong-admin.client.ts';
import { compareDeclarations, entitiesOf, Jwks, renderDeclaration } from './kong-declaration.ts';

export interface SyncOptions {
  readonly kongFile: string;
  readonly adminUrl: string;
  readonly jwksUrl: string;
  readonly timeoutMs: number;
  readonly isDryRun: boolean;
}

/**
 * Returns the changes made, or in a dry run the changes to make, one line each. A dry run checks each entity with Kong's schemas; errors
 * of the file as a whole, such as duplicate names, show only when Kong loads it. Throws Kong's message if Kong refuses.
 */
export async function syncKong(options: SyncOptions): Promise<string[]> {
  const { adminUrl, timeoutMs } = options;
  const kong = new KongAdminClient({ url: adminUrl, timeoutMs });
  const version = await kong.requireNoDatabase();
  const wanted = renderDeclaration(readFileSync(options.kongFile, 'utf8'), await readJwks(options));
  const difference = compareDeclarations(await kong.readConfig(), wanted);
  if (options.isDryRun) {
    for (const entity of entitiesOf(wanted)) await kong.validate(entity);
    return difference.length === 0 ? ['nothing would change'] : difference;
  }
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
  const { values } = parseArgs({
    options: { 'dry-run': { type: 'boolean', default: false }, every: { type: 'string' } },
  });
  const options = {
    kongFile: process.env['KONG_CONFIG'] ?? 'kong/kong.yml',
    adminUrl: process.env['KONG_ADMIN_URL'] ?? 'http://127.0.0.1:8001',
    jwksUrl: process.env['AUTH_JWKS_URL'] ?? 'http://127.0.0.1:8081/.well-known/jwks.json',
    timeoutMs: Number(process.env['KONG_ADMIN_TIMEOUT_MS'] ?? 10_000),
    isDryRun: values['dry-run'],
  };
  if (values.every === undefined) return console.log((await syncKong(options)).join('\n'));
  const everyMs = Number(values.every) * 1_000;
  if (!(everyMs >= 1_000)) throw new Error(`--every takes seconds, at least 1, not ${values.every}`);
  await keepInSync(options, everyMs);
}

async function keepInSync(options: SyncOptions, everyMs: number): Promise<void> {
  const stopping = new AbortController();
  void once(process, 'SIGTERM').then(() => stopping.abort());
  let lastNews = '';
  while (!stopping.signal.aborted) {
    const news = await syncKong(options).then(
      (lines) => lines.join('\n'),
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (news !== lastNews) console.log(news);
    lastNews = news;
    await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
  }
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
