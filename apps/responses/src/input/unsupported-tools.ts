import { type CreateResponse, refusal } from '@antiphon/contracts';

/** What happens to tools of types that this server does not have: the request is refused, or they are left out with a warning. */
export type UnsupportedTools = 'refuse' | 'skip';

/** The warnings about tools that are left out. Throws `invalid_request` where they may not be. */
export function warningsAbout(
  tools: NonNullable<CreateResponse['unsupportedTools']>,
  mode: UnsupportedTools,
): string[] {
  const [first] = tools;
  if (first && mode === 'refuse') throw refusal(first.path, first.complaint);
  return tools.map(({ path: [, index], complaint }) => `tools[${index}] was left out: its type ${complaint}`);
}
