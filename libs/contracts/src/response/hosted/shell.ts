import { z } from 'zod';
import { JsonObject } from '../../json.ts';
import { RequestContainer } from './code-interpreter.ts';

/** The network of a container: none, or that of the named domains and their subdomains. */
export const NetworkPolicy = z.discriminatedUnion('type', [
  z.object({ type: z.literal('disabled') }),
  z.object({ type: z.literal('allowlist'), domains: z.array(z.string()) }),
]);
export type NetworkPolicy = z.infer<typeof NetworkPolicy>;

/** A shell whose commands this system runs in a container. Without a container the caller runs them, and the tool is a `ClientTool`. */
export const ShellTool = z.object({
  kind: z.literal('shell'),
  options: z.object({
    container: RequestContainer,
    /** Left out: the network that the operator gives to containers. */
    network: NetworkPolicy.optional(),
  }),
  declared: JsonObject,
});

/** Where the commands of a call run. What they print is the output of the call. */
export const ShellDetail = z.object({ kind: z.literal('shell'), containerId: z.string() });
export type ShellDetail = z.infer<typeof ShellDetail>;
