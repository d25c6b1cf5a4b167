import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { UserError } from '../user-error.ts';

export interface BenchArguments {
  /** The scenarios to run; null for all. */
  only: string[] | null;
  isQuick: boolean;
  withPeers: boolean;
  /** Measures the system in one process as well. */
  withCompact: boolean;
  /** Compares with the budget, and fails where it does not hold. */
  check: boolean;
  /** Writes the tables into docs/performance.md. */
  writeDocs: boolean;
  rounds: number;
  /** How long one load lasts. */
  durationMs: number;
  jsonFile: string | null;
  /** The folder of CPU profiles; null for none. */
  profileFolder: string | null;
}

const usage =
  'usage: npm run bench -- [--only NAME]… [--quick] [--rounds N] [--seconds N] [--peers] [--compact] [--check] [--json FILE] [--profile] [--write-docs]';
const roundsMax = 100;
const secondsMax = 600;
const normal = { rounds: 5, seconds: 8 };
const quick = { rounds: 1, seconds: 2 };

/** Reads the command line. `names` are the names of all scenarios; relative paths start at the folder of the npm call. */
export function parseBenchArguments(
  commandArguments: string[],
  { names, profileFolder }: { names: readonly string[]; profileFolder: string },
): BenchArguments {
  const values = readOptions(commandArguments);
  const unknown = values.only?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new UserError(`There is no scenario ${unknown}; the scenarios are ${names.join(', ')}.\n${usage}`);
  const isQuick = values.quick ?? false;
  const defaults = isQuick ? quick : normal;
  return {
    only: values.only ?? null,
    isQuick,
    withPeers: values.peers ?? false,
    withCompact: values.compact ?? false,
    check: values.check ?? false,
    writeDocs: values['write-docs'] ?? false,
    rounds: wholeNumber('--rounds', values.rounds, { fallback: defaults.rounds, max: roundsMax }),
    durationMs:
      wholeNumber('--seconds', values.seconds, { fallback: defaults.seconds, max: secondsMax }) * 1000,
    jsonFile: values.json === undefined ? null : resolve(process.env.INIT_CWD ?? process.cwd(), values.json),
    profileFolder: values.profile ? profileFolder : null,
  };
}

function readOptions(commandArguments: string[]) {
  try {
    return parseArgs({
      args: commandArguments,
      options: {
        only: { type: 'string', multiple: true },
        quick: { type: 'boolean' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        peers: { type: 'boolean' },
        compact: { type: 'boolean' },
        check: { type: 'boolean' },
        json: { type: 'string' },
        profile: { type: 'boolean' },
        'write-docs': { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UserError(`${error instanceof Error ? error.message : String(error)}\n${usage}`, {
      cause: error,
    });
  }
}

function wholeNumber(
  name: string,
  text: string | undefined,
  { fallback, max }: { fallback: number; max: number },
): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
  throw new UserError(`${name} must be between 1 and ${max}, got ${JSON.stringify(text)}.\n${usage}`);
}
