import { parseArgs } from 'node:util';
import { AppError } from '@antiphon/contracts';
import {
  createDataSource,
  createLogger,
  databaseConfig,
  databaseEnv,
  databaseLimits,
  readEnv,
  readLimits,
  readLimitsFile,
} from '@antiphon/service-kit';
import { ApiKeyStore } from './api-keys/api-key.store.ts';
import { authSchema } from './database.ts';
import { authLimits } from './limits.ts';
import { apiKeyScopes } from './sessions/tokens.ts';
import { AccountAdmin } from './users/account-admin.ts';

/** The operator's commands on accounts. They use the database only. */
const usage = `usage:
  npm run admin -- users [TEXT] [--limit 50]                list accounts, the newest first
  npm run admin -- verify ACCOUNT [--email ADDRESS]         prove an account's address: it gets a user's rights
  npm run admin -- grant ACCOUNT SCOPE…                     grant scopes, such as admin
  npm run admin -- revoke ACCOUNT SCOPE…                    withdraw scopes
  npm run admin -- tenant ACCOUNT [OTHER]                   put an account into another one's tenant, or back into its own
  npm run admin -- key ACCOUNT [--name NAME] [--scopes A,B] make an API key, with scopes beside api

ACCOUNT is an id, a username or a proven address. DATABASE_URL names the database; default: the local stack's.`;

const limits = readLimits(
  { ...databaseLimits, ...authLimits },
  readLimitsFile(process.env),
  process.env['LIMITS_FILE'],
);
const database = createDataSource(
  databaseConfig(readEnv(databaseEnv, process.env), limits),
  authSchema,
  createLogger('auth-admin', 'warn'),
);
const apiKeys = new ApiKeyStore(database, { apiKeysMax: limits.accounts.api_keys_max });
const admin = new AccountAdmin(database, apiKeys);

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      limit: { type: 'string' },
      email: { type: 'string' },
      name: { type: 'string' },
      scopes: { type: 'string' },
    },
  });
  const [command, account, ...scopes] = positionals;
  await database.initialize();
  const result = await run(command, account, scopes, values);
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
} catch (error) {
  const isExpected = error instanceof AppError || (error instanceof TypeError && 'code' in error);
  if (!isExpected) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  if (database.isInitialized) await database.destroy();
}

async function run(
  command: string | undefined,
  account: string | undefined,
  scopes: readonly string[],
  options: { limit?: string; email?: string; name?: string; scopes?: string },
): Promise<unknown> {
  if (command === 'users') return admin.list(account ?? '', Number(options.limit ?? 50));
  if (account === undefined) throw new AppError('invalid_request', usage);
  if (command === 'verify') return admin.verifyEmail(account, options.email ?? null);
  if (command === 'key') {
    const more = options.scopes?.split(',').filter((scope) => scope !== '') ?? [];
    return admin.addKey(account, options.name ?? 'operator', [...new Set([...apiKeyScopes, ...more])]);
  }
  if (command === 'tenant' && scopes.length < 2) return admin.setTenant(account, scopes[0] ?? null);
  if (scopes.length > 0 && command === 'grant') return admin.grant(account, scopes);
  if (scopes.length > 0 && command === 'revoke') return admin.withdraw(account, scopes);
  throw new AppError('invalid_request', usage);
}
