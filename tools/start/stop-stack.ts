import { setTimeout as delay } from 'node:timers/promises';
import type { DataFolder } from './data-folder/data-folder.ts';
import { endLeftovers } from '../processes/pid-files.ts';
import { isAlive, signalProcess } from '../processes/process-table.ts';
import { findRunningStack } from './data-folder/running-stack.ts';
import { stopTimeMaxMs } from '../processes/stop-requests.ts';
import { UserError } from '../user-error.ts';

/** Stops the stack that runs on this folder, and the leftovers of a killed one. Returns whether there was any. */
export async function stopStack(folder: DataFolder): Promise<boolean> {
  const stack = findRunningStack(folder.stackFile);
  try {
    if (stack) {
      signalProcess(stack.pid, 'SIGTERM');
      const deadline = performance.now() + stopTimeMaxMs + 2000;
      while (isAlive(stack.pid) && performance.now() < deadline) await delay(50);
      if (isAlive(stack.pid)) signalProcess(stack.pid, 'SIGKILL');
    }
    const leftovers = await endLeftovers(folder.run);
    return stack !== undefined || leftovers.length > 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EPERM') {
      throw new UserError(`The stack on ${folder.root} was started by another user, who has to stop it.`, {
        cause: error,
      });
    }
    throw error;
  }
}
