import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The core of the load, and that of the system under test. */
export interface Cores {
  load: number | null;
  system: number | null;
  /** One sentence for the report. */
  note: string;
}

/**
 * Gives the load generator and the provider one core and the system another, where the machine has two and `taskset` (util-linux). Elsewhere
 * both share all cores, and only ratios of the figures are meaningful.
 */
export function planCores(): Cores {
  const allowed = allowedCores();
  const [load, system] = allowed;
  if (load === undefined || system === undefined)
    return unpinned(
      'The load and the system share the one core that this machine allows: only ratios mean something.',
    );
  if (!hasTaskset())
    return unpinned(
      'Without taskset (util-linux) the load and the system share all cores: only ratios mean something.',
    );
  return {
    load,
    system,
    note: `The load runs on core ${load}, every process of the system on core ${system}.`,
  };
}

/** Moves a running process with all its threads to a core. Children that it starts from now on stay there. */
export function pin(pid: number, core: number | null): void {
  if (core !== null) execFileSync('taskset', ['-acp', String(core), String(pid)], { stdio: 'ignore' });
}

/** The command that runs `command` on a core, or for null on all cores of the bench, also where the bench itself has been moved to one. */
export function pinned(core: number | null, command: string[]): string[] {
  if (core === null && (coresAtStart.length < 2 || !hasTaskset())) return command;
  return ['taskset', '-c', core === null ? coresAtStart.join(',') : String(core), ...command];
}

/** Reads a list of cores as Linux writes it: `0-2,5`. */
export function parseCores(list: string): number[] {
  return list
    .trim()
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [from = 0, to = from] = part.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, place) => from + place);
    });
}

function unpinned(note: string): Cores {
  return { load: null, system: null, note };
}

function allowedCores(): number[] {
  if (process.platform !== 'linux') return [];
  const [, list = ''] = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return parseCores(list);
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const coresAtStart = allowedCores();
