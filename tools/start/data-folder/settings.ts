import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { natsUsers, newNatsPasswords, type NatsPasswords } from '../../nats/nats-users.ts';
import { UserError } from '../../user-error.ts';

/** The settings that a local stack keeps between starts. */
export interface Settings {
  /** Encrypts secrets at rest; without it they cannot be read. */
  encryptionKey: string;
  /** Passwords of the stack's own nats-server. They stay the same, so that a program that reads events can keep its address. */
  natsPasswords: NatsPasswords;
  postgresPort?: number | undefined;
  natsPort?: number | undefined;
}

const encryptionKeyBytes = 32;

export function readSettings(file: string): Settings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return {
        encryptionKey: randomBytes(encryptionKeyBytes).toString('base64'),
        natsPasswords: newNatsPasswords(),
      };
    }
    throw error;
  }
  const settings = parse(text);
  // A new key would silently make every sealed secret in the database unreadable.
  if (settings === undefined)
    throw new UserError(`${file} is damaged. Repair it, or start with empty data: npm run reset`);
  return settings;
}

export function writeSettings(file: string, settings: Settings): void {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, file);
}

function parse(text: string): Settings | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { encryptionKey, natsPasswords, postgresPort, natsPort } = value as Record<string, unknown>;
  if (typeof encryptionKey !== 'string') return undefined;
  return {
    encryptionKey,
    natsPasswords: isNatsPasswords(natsPasswords) ? natsPasswords : newNatsPasswords(),
    ...(typeof postgresPort === 'number' && { postgresPort }),
    ...(typeof natsPort === 'number' && { natsPort }),
  };
}

function isNatsPasswords(value: unknown): value is NatsPasswords {
  if (typeof value !== 'object' || value === null) return false;
  return natsUsers.every((user) => typeof (value as Partial<NatsPasswords>)[user] === 'string');
}
