import { z } from 'zod';
import { JsonObject } from '../../json.ts';
import { RequestContainer } from './code-interpreter.ts';

/** A shell whose commands this system runs in a container. Without a container the caller runs them, and the tool is a `ClientTool`. */
export const ShellTool = z.object({
  kind: z.literal('shell'),
  options: z.object({ container: RequestContainer }),
  declared: JsonObject,
});

/** Where the commands of a call run. What they print is the output of the call. */
export const ShellDetail = z.object({ kind: z.literal('shell'), containerId: z.string() });
export type ShellDetail = z.infer<typeof ShellDetail>;
