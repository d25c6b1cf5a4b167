import type { Item, ReasoningItem } from '@antiphon/contracts';
import { encodeItem } from '../items/encode-items.ts';
import { type Emit, type OpenItem, restOf } from '../../common/stream/open-item.ts';

/** A thought in the clear is a content part; a summary has events of its own. */
export function announceReasoning(emit: Emit, reasoning: ReasoningItem, outputIndex: number): OpenItem {
  emit('response.output_item.added', {
    output_index: outputIndex,
    item: encodeItem({ ...reasoning, text: '', status: 'in_progress' }),
  });
  const ofItem = { item_id: reasoning.id, output_index: outputIndex };
  const { place, part, partName, textName } = reasoning.isSummary
    ? {
        place: { ...ofItem, summary_index: 0 },
        part: 'summary_text',
        partName: 'response.reasoning_summary_part',
        textName: 'response.reasoning_summary_text',
      }
    : {
        place: { ...ofItem, content_index: 0 },
        part: 'reasoning_text',
        partName: 'response.content_part',
        textName: 'response.reasoning_text',
      };
  let written: string | null = null;

  const say = (text: string): void => {
    if (text === '') return;
    if (written === null) emit(`${partName}.added`, { ...place, part: { type: part, text: '' } });
    written = (written ?? '') + text;
    emit(`${textName}.delta`, { ...place, delta: text });
  };
  const finish = (item: Item): boolean => {
    const text = item.type === 'reasoning' ? item.text : '';
    say(restOf(text, written ?? ''));
    if (written !== null) {
      emit(`${textName}.done`, { ...place, text });
      emit(`${partName}.done`, { ...place, part: { type: part, text } });
    }
    emit('response.output_item.done', { output_index: outputIndex, item: encodeItem(item) });
    return true;
  };

  return { delta: (_kind, text) => say(text), finish, close: finish };
}
