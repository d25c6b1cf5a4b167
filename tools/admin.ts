/**
 * `npm run admin`: runs the operator's commands on accounts (apps/auth/src/admin.ts), on the database of DATABASE_URL or of the local
 * stack in a data folder.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dataFolder, defaultDataFolder } from './start/data-folder/data-folder.ts';
import { addressOfPostgres } from './postgres/postgres.ts';
import { repositoryRoot } from './repository.ts';
import { findRunningStack } from './start/data-folder/running-stack.ts';
import { readSettings } from './start/data-folder/settings.ts';
import { UserError } from './user-error.ts';

const program = join(repositoryRoot, 'dist/auth/admin.js');

try {
  const { data, rest } = takeDataOption(process.argv.slice(2));
  if (!existsSync(program))
    throw new UserError('The auth service is not built yet: run npm start or npm run build first.');
  const databaseUrl = process.env.DATABASE_URL ?? (await localDatabase(data));
  const child = spawn(process.execPath, [program, ...rest], {
    stdio: 'inherit',
    env: { ...process.env, DATABASE_URL: databaseUrl },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** `--data DIR` is an option of this script; it passes the others to the command. */
function takeDataOption(commandArguments: string[]): { data: string; rest: string[] } {
  const place = commandArguments.indexOf('--data');
  if (place < 0) return { data: defaultDataFolder, rest: commandArguments };
  const [, path = ''] = commandArguments.slice(place);
  if (path === '') throw new UserError('--data needs a folder.');
  return {
    data: resolve(process.env.INIT_CWD ?? process.cwd(), path),
    rest: commandArguments.toSpliced(place, 2),
  };
}

async function localDatabase(data: string): Promise<string> {
  const folder = dataFolder(data);
  const { postgresPort } = readSettings(folder.settingsFile);
  if (!findRunningStack(folder.stackFile) || postgresPort === undefined)
    throw new UserError(
      `No stack runs on ${folder.root}: run npm start, or name a database with DATABASE_URL.`,
    );
  return addressOfPostgres(folder.postgres, postgresPort);
}
