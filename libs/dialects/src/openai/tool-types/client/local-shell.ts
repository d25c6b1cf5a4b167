import { read, textOf } from '@antiphon/contracts';
import { z } from 'zod';
import { AllowedCallers } from '../../schema.ts';
import { LocalShellAction } from '../../replies/client-calls.ts';
import { actionTool } from './action-tool.ts';

const Item = z.object({ action: LocalShellAction });
const Output = z.object({ output: z.string() });

/** One program on the caller's machine. Replaced at OpenAI by `shell`, and still sent by clients. */
export const localShell = actionTool({
  kind: 'local_shell',
  types: ['local_shell'],
  describe: () =>
    'Runs a program on the user\'s machine and returns its output. `command` is the program and its arguments; for shell syntax run a shell: ["bash", "-lc", "…"].',
  options: z.object({ allowed_callers: AllowedCallers.nullish() }),
  arguments: LocalShellAction,
  call: {
    type: 'local_shell_call',
    encode: (args) => ({ action: { type: 'exec', ...(args ?? { command: [] }), env: args?.env ?? {} } }),
    decode: (item, path) => read(Item, item, path).action,
  },
  output: {
    type: 'local_shell_call_output',
    decode: (item, path) => read(Output, item, path).output,
    encode: (output) => ({ output: textOf(output) }),
  },
});
