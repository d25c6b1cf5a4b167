import type { Caller, Item, Response } from '@antiphon/contracts';
import { contextUnits } from './build-context.ts';
import { modelTools, offerTools } from '../tools/list-tools.ts';
import type { ToolHost } from '../ports.ts';
import { withAddedTools } from '../tools/added-tools.ts';
import { visibleTools } from '../tools/tool-search.ts';
import { withToolNotice } from '../tools/tool-notice.ts';
import { contextTokens, textTokens } from './trim-context.ts';

/** The estimated tokens of the context of a response's first turn, by the estimate that bounds runs. Tools count as their JSON. */
export async function countInput(
  caller: Caller,
  { response, history }: { response: Response; history: readonly Item[] },
  ports: { tools: Pick<ToolHost, 'list' | 'listHosted'> },
  signal: AbortSignal,
): Promise<number> {
  // The tools of outside servers are listed when the response runs; here only the lists in the context count.
  const lists = history.filter((item) => item.type === 'mcp_list_tools');
  const context = [...history, ...response.input];
  const equipped = withAddedTools(response, context);
  const all = await offerTools(caller, { response: equipped, history, lists }, ports, signal);
  const offered = visibleTools(all, context, response);
  const tools = modelTools(offered);
  const items = contextUnits(context).flat();
  const toolTokens = tools.length === 0 ? 0 : textTokens(JSON.stringify(tools));
  return contextTokens(items, withToolNotice(response.instructions, offered, items)) + toolTokens;
}
