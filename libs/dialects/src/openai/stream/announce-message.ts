import type { Citation, ContentPart, Item, MessageItem, TokenLogprob } from '@antiphon/contracts';
import { encodeCitation, encodeLogprobs, encodePart } from '../items/encode-content.ts';
import { encodeItem } from '../items/encode-items.ts';
import { type Emit, type OpenItem, restOf } from '../../common/stream/open-item.ts';

export function announceMessage(emit: Emit, message: MessageItem, outputIndex: number): OpenItem {
  const itemId = message.id;
  emit('response.output_item.added', {
    output_index: outputIndex,
    item: encodeItem({ ...message, content: [], status: 'in_progress' }),
  });
  /** Parts that began; all but the last are done. */
  const parts: SpokenPart[] = [];

  const place = () => ({ item_id: itemId, output_index: outputIndex, content_index: parts.length - 1 });

  const beginPart = (type: SpokenPart['type']): SpokenPart => {
    const part: SpokenPart = { type, text: '', logprobs: [], citations: [], isDone: false };
    parts.push(part);
    emit('response.content_part.added', { ...place(), part: encodePart(asContent(part), 'assistant') });
    return part;
  };
  const say = (part: SpokenPart, text: string, logprobs: TokenLogprob[] = []): void => {
    if (text === '') return;
    part.text += text;
    part.logprobs.push(...logprobs);
    if (part.type === 'text')
      emit('response.output_text.delta', {
        ...place(),
        delta: text,
        logprobs: encodeLogprobs(logprobs),
      });
    else emit('response.refusal.delta', { ...place(), delta: text });
  };
  const mention = (part: SpokenPart, citation: Citation): void => {
    emit('response.output_text.annotation.added', {
      ...place(),
      annotation_index: part.citations.length,
      annotation: encodeCitation(citation),
    });
    part.citations.push(citation);
  };
  const endPart = (part: SpokenPart, final: string, citations: readonly Citation[] = []): void => {
    say(part, restOf(final, part.text));
    for (const citation of citations.slice(part.citations.length)) mention(part, citation);
    part.text = final;
    part.isDone = true;
    if (part.type === 'text')
      emit('response.output_text.done', {
        ...place(),
        text: final,
        logprobs: encodeLogprobs(part.logprobs),
      });
    else emit('response.refusal.done', { ...place(), refusal: final });
    emit('response.content_part.done', { ...place(), part: encodePart(asContent(part), 'assistant') });
  };

  /** A part without deltas, such as an image. */
  const showWhole = (part: ContentPart, contentIndex: number): void => {
    const shown = { ...place(), content_index: contentIndex, part: encodePart(part, 'assistant') };
    emit('response.content_part.added', shown);
    emit('response.content_part.done', shown);
  };

  const finish = (item: Item): boolean => {
    const content = item.type === 'message' ? item.content : [];
    for (const [index, final] of content.entries()) {
      if (final.type !== 'text' && final.type !== 'refusal') {
        showWhole(final, index);
        continue;
      }
      const begun = parts[index];
      if (begun?.isDone) continue;
      const part = begun ?? beginPart(final.type);
      if (final.type === 'text') endPart(part, final.text, final.citations);
      else endPart(part, final.refusal);
    }
    const last = parts.at(-1);
    if (last && !last.isDone) endPart(last, last.text);
    emit('response.output_item.done', { output_index: outputIndex, item: encodeItem(item) });
    return true;
  };

  return {
    delta(kind, text, logprobs) {
      const type = kind === 'refusal.delta' ? 'refusal' : 'text';
      const last = parts.at(-1);
      if (last?.type === type) return say(last, text, logprobs);
      if (last) endPart(last, last.text);
      say(beginPart(type), text, logprobs);
    },
    cite(citation) {
      const last = parts.at(-1);
      if (last?.type === 'text') return mention(last, citation);
      if (last) endPart(last, last.text);
      mention(beginPart('text'), citation);
    },
    finish,
    close: finish,
  };
}

interface SpokenPart {
  type: 'text' | 'refusal';
  text: string;
  logprobs: TokenLogprob[];
  citations: Citation[];
  isDone: boolean;
}

function asContent({ type, text, logprobs, citations }: SpokenPart): ContentPart {
  return type === 'text' ? { type, text, logprobs, citations } : { type, refusal: text };
}
