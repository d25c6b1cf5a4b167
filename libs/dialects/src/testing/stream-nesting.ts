/** Any event of a stream of the openai dialect; its fields depend on its type. */
export interface NestedEvent {
  type: string;
  item_id?: string | undefined;
  output_index?: number | undefined;
  content_index?: number | undefined;
  summary_index?: number | undefined;
  item?: { id?: string | null | undefined } | undefined;
}

/** The parent of an item's text events: a part of the item, or the item itself. */
const partOf: Record<string, 'content_part' | 'reasoning_summary_part' | null> = {
  output_text: 'content_part',
  refusal: 'content_part',
  reasoning_text: 'content_part',
  reasoning_summary_text: 'reasoning_summary_part',
  function_call_arguments: null,
  mcp_call_arguments: null,
};

/**
 * The rules of nesting that a stream breaks, as sentences: an item is done before the next one begins, a part before the next part, a text
 * before its part; events name the item and the part that are open; nothing is open when the stream ends.
 */
export function brokenNesting(events: readonly NestedEvent[]): string[] {
  const broken: string[] = [];
  let item: string | null = null;
  let part: string | null = null;
  let text: string | null = null;
  let hasEnded = false;
  for (const [place, event] of events.entries()) {
    const demand = (holds: boolean, rule: string) =>
      void (holds || broken.push(`${place} ${event.type}: ${rule}`));
    demand(!hasEnded, 'follows the end');
    const [, kind = '', step = ''] = /^response\.(.*)\.(\w+)$/.exec(event.type) ?? [];
    const partKind = partOf[kind];
    const partKey = `${event.content_index ?? event.summary_index}`;
    if (event.item_id !== undefined) demand(event.item_id === item, `its item is not the open one, ${item}`);
    if (kind === 'output_item' && step === 'added') {
      demand(item === null, `${item} is still open`);
      item = event.item?.id ?? '';
    } else if (kind === 'output_item') {
      demand(event.item?.id === item, `the open item is ${item}`);
      demand(part === null && text === null, `${part ?? text} is still open`);
      item = null;
    } else if (kind === 'content_part' || kind === 'reasoning_summary_part') {
      const key = `${kind} ${partKey}`;
      demand(text === null, `${text} is still open`);
      demand(step === 'added' ? part === null : part === key, `the open part is ${part}`);
      part = step === 'added' ? key : null;
    } else if (partKind !== undefined) {
      demand(part === (partKind && `${partKind} ${partKey}`), `the open part is ${part}`);
      demand(text === null || text === kind, `${text} is still open`);
      text = step === 'delta' ? kind : null;
    } else if (kind === 'output_text.annotation') {
      demand(part === `content_part ${partKey}`, `the open part is ${part}`);
    } else if (event.item_id !== undefined) {
      demand(part === null && text === null, `${part ?? text} is still open`);
    } else if (/^(error|response\.(completed|incomplete|failed))$/.test(event.type)) {
      demand(item === null, `${item} is still open`);
      hasEnded = event.type !== 'error';
    }
  }
  return broken;
}
