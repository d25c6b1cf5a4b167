import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultDataFolder } from './data-folder/data-folder.ts';
import { UserError } from '../user-error.ts';

export interface StackArguments {
  data: string;
  port: number | undefined;
  /** Whether all services run in one process, without NATS. */
  compact: boolean;
}

/** Parses `--data DIR`, `--port PORT` and `--compact` of a command; a relative folder starts at the folder of the npm call. */
export function parseStackArguments(command: string, commandArguments: string[]): StackArguments {
  const usage = `usage: npm ${command} -- [--data DIR]${command === 'start' ? ' [--port PORT] [--compact]' : ''}`;
  const { data, port, compact = false } = readOptions(commandArguments, usage);
  if ((port !== undefined || compact) && command !== 'start')
    throw new UserError(`Only npm start takes --port and --compact.\n${usage}`);
  if (data === '') throw new UserError(`--data needs a folder.\n${usage}`);
  return {
    data: data === undefined ? defaultDataFolder : resolve(process.env.INIT_CWD ?? process.cwd(), data),
    port: port === undefined ? undefined : parsePort(port, usage),
    compact,
  };
}

function readOptions(
  commandArguments: string[],
  usage: string,
): { data?: string; port?: string; compact?: boolean } {
  try {
    return parseArgs({
      args: commandArguments,
      options: { data: { type: 'string' }, port: { type: 'string' }, compact: { type: 'boolean' } },
    }).values;
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : String(error)}\n${usage}`, {
      cause: error,
    });
  }
}

function parsePort(text: string, usage: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new UserError(`--port must be between 1 and 65535, got ${JSON.stringify(text)}.\n${usage}`);
}
