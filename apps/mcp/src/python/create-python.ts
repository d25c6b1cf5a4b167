import type { EgressConfig, Logger } from '@antiphon/service-kit';
import { operatorEgress } from '../egress/operator-egress.ts';
import { LocalPython, type LocalPythonOptions } from './local-python.ts';
import { type PythonImageOptions, PythonImageSource } from './python-image.ts';
import type { PythonRunner } from './python-runner.ts';
import { RemotePython } from './remote-python.ts';

export const PYTHON = Symbol('PYTHON');

export interface PythonOptions extends LocalPythonOptions, PythonImageOptions {
  isEnabled: boolean;
  /** A runner of the operator's that is to be used instead of this machine. */
  runnerUrl: string | null;
}

/** Where Python runs, or null where it is switched off. */
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
