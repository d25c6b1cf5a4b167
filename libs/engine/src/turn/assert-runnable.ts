import type { Caller, Item, Response } from '@antiphon/contracts';
import { buildContext } from './build-context.ts';
import type { RunLimits } from '../limits.ts';
import { withAddedTools } from '../tools/added-tools.ts';
import { assertChoosable, assertOffered, findServerLists, offerTools } from '../tools/list-tools.ts';
import type { ToolHost } from '../ports.ts';

/**
 * Throws the errors that would end a run in its first turn, so that the request is refused before it runs: a context that does not
 * fit and must not be cut (`context_too_long`), a tool that is not offered, a hosted tool whose settings cannot be kept, or a tool choice without its
 * tool (`invalid_request`). Where the tools
 * of a server are not listed yet, the run checks the choice.
 */
export async function assertRunnable(
  caller: Caller,
  { response, history }: { response: Response; history: readonly Item[] },
  limits: RunLimits,
  ports: { tools: Pick<ToolHost, 'list' | 'listHosted'> },
  signal: AbortSignal,
): Promise<void> {
  if (response.keepsContext) buildContext(history, response, limits.contextTokensMax);
  const mustCall = response.toolChoice !== 'auto' && response.toolChoice !== 'none';
  if (!mustCall && !response.requiresServerTools && !response.hostedTools) return;
  const { lists, missing } = findServerLists(response, history, { newId: (kind) => kind });
  const equipped = withAddedTools(response, [...history, ...response.input]);
  const tools = await offerTools(caller, { response: equipped, history, lists }, ports, signal);
  assertOffered(equipped, tools);
  if (missing.length === 0) assertChoosable(equipped, tools);
}
