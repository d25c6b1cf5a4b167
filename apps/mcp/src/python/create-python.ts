import type { EgressConfig, Logger } from '@antiphon/service-kit';
import { operatorEgress } from '../egress/operator-egress.ts';
import { LocalPython, type LocalPythonOptions } from './local-python.ts';
import { type PythonImageOptions, PythonImageSource } from './python-image.ts';
import type { PythonRunner } from './python-runner.ts';
import { RemotePython } from './remote-python.ts';

/** Nest's token for the `PythonRunner`; null where Python is switched off. */
export const PYTHON = Symbol('python');

export interface PythonOptions extends LocalPythonOptions, PythonImageOptions {
  isEnabled: boolean;
  /** The operator's own runner, which replaces the processes of this machine. */
  runnerUrl: string | null;
}

/** The runner for Python, or null where it is switched off. */
export function createPython(
  options: PythonOptions,
  egress: EgressConfig,
  logger: Logger,
): PythonRunner | null {
  const { isEnabled, runnerUrl } = options;
  if (!isEnabled) return null;
  if (runnerUrl === null) return new LocalPython(options, new PythonImageSource(options, logger));
  return new RemotePython({ ...options, url: runnerUrl }, operatorEgress(egress, [runnerUrl]));
}
