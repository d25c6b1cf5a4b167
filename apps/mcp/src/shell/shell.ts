import type { Caller, NetworkPolicy } from '@antiphon/contracts';
import type { DataChanges, DataFiles } from '../python/data/data-files.ts';

/** Nest's token for the `Shell`; null where no runner is configured. */
export const SHELL = Symbol('shell');

export interface ShellCall {
  caller: Caller;
  commands: readonly string[];
  containerId: string;
  /** For all commands together, no more than the operator's limit; null: that limit. */
  timeoutMs: number | null;
  /** Bytes of each of the two outputs of a command. */
  outputBytesMax: number;
  /** Memory of each process in MB; null: as much as the runner gives. */
  memoryMb: number | null;
  /** The network of the commands; null: what the runner gives. The runner must enforce policies of its type. */
  network: NetworkPolicy | null;
  /** The files in `/mnt/data`. */
  data: DataFiles;
}

/** What a command printed, and how it ended. */
export interface CommandOutput {
  stdout: string;
  stderr: string;
  outcome: { type: 'timeout' } | { type: 'exit'; exit_code: number };
}

export interface ShellAnswer {
  /** One for each command, in their order. */
  output: CommandOutput[];
  changes: DataChanges;
}

/** Runs shell commands. */
export interface Shell {
  /** The types of network policies that it enforces. Throws `unavailable` when the runner gives no answer. */
  networkPolicies(signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Runs the commands and keeps their files. Throws `invalid_request` for commands that exceed a limit beside their time, `unavailable` when the runner has no room
   * or gives no answer, `cancelled` when the signal aborts.
   */
  run(call: ShellCall, signal: AbortSignal): Promise<ShellAnswer>;
}
