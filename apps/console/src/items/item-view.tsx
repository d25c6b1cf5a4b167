import { FileIcon } from '@primer/octicons-react';
import { memo } from 'react';
import { messageText, type WireItem } from '../api/items.ts';
import { t } from '../i18n/t.ts';
import { jsonFault } from '../ui/editor/json-fault.ts';
import { ModelText } from '../ui/text/markdown.tsx';
import { TextBlock } from '../ui/text/text-block.tsx';
import { CallView } from './call-view.tsx';
import { Citations } from './citations.tsx';
import styles from './item-view.module.css';

/** One item of a conversation, as a person reads it. */
export const ItemView = memo(function ItemView({ item, isLive }: { item: WireItem; isLive: boolean }) {
  switch (item.type) {
    case 'message':
      return item.role === 'assistant' ? <Answer item={item} isLive={isLive} /> : <Question item={item} />;
    case 'reasoning':
      return <Reasoning item={item} />;
    case 'mcp_list_tools':
    case 'mcp_approval_response':
    case 'compaction':
      return null;
    default:
      return <CallView item={item} isLive={isLive} />;
  }
});

function Question({ item }: { item: WireItem }) {
  const { content } = item;
  const parts = Array.isArray(content) ? content : [];
  const text = messageText(item);
  return (
    <article className={styles['question']}>
      <h3 className={styles['who']}>{item.role === 'user' ? t('playground.you') : item.role}</h3>
      {text !== '' && (
        <p className={styles['plain']} translate="no">
          {text}
        </p>
      )}
      {parts.map(({ type, image_url: url, filename, file_id: id }, index) => {
        if (type === 'input_image' && url?.startsWith('data:image/'))
          return <img key={index} src={url} alt="" className={styles['image']} />;
        if (type !== 'input_image' && type !== 'input_file') return null;
        return (
          <p key={index} className={styles['file']} translate="no">
            <FileIcon size={14} /> {filename ?? id ?? url}
          </p>
        );
      })}
    </article>
  );
}

function Answer({ item, isLive }: { item: WireItem; isLive: boolean }) {
  const text = messageText(item);
  if (text === '') return null;
  const annotations = Array.isArray(item.content)
    ? item.content.flatMap((part) => part.annotations ?? [])
    : [];
  return (
    <article className={styles['answer']}>
      {!isLive && isStructured(text) ? (
        <TextBlock text={text} name={`${item.id}.json`} />
      ) : (
        <ModelText text={text} />
      )}
      <Citations annotations={annotations} />
    </article>
  );
}

/** Whether an answer is the JSON of a schema, which is shown parsed. */
function isStructured(text: string): boolean {
  return /^\s*[{[]/.test(text) && jsonFault(text) === null;
}

function Reasoning({ item }: { item: WireItem }) {
  const thoughts = item.summary?.map(({ text }) => text).join('\n\n') || messageText(item);
  if (thoughts === '') return null;
  return (
    <details className={styles['reasoning']}>
      <summary>{t('playground.reasoning')}</summary>
      <TextBlock text={thoughts} name={`${item.id}.txt`} isPartial />
    </details>
  );
}
