import { AlertIcon, CheckIcon, ChevronRightIcon, DotFillIcon, ToolsIcon } from '@primer/octicons-react';
import { callText, type WireItem } from '../api/items.ts';
import { t } from '../i18n/t.ts';
import { TextBlock } from '../ui/text/text-block.tsx';
import styles from './item-view.module.css';

/** A call of a tool: its name, its state, and on demand what went in and what came out. */
export function CallView({ item, isLive }: { item: WireItem; isLive: boolean }) {
  const isOpen = isLive && (item.status === 'in_progress' || item.status === 'searching');
  const input = callText(item);
  const output = outputText(item);
  const name = item.name ?? item.type;
  return (
    <details className={styles['call']}>
      <summary className={styles['callHead']}>
        <ChevronRightIcon size={14} className={styles['chevron'] ?? ''} />
        <ToolsIcon size={14} />
        <span translate="no">{item.server_label ? `${item.server_label} / ${name}` : name}</span>
        <CallState isOpen={isOpen} isFailed={hasFailed(item)} />
      </summary>
      {input !== '' && (
        <section className={styles['callPart']}>
          <h4>{t('call.arguments')}</h4>
          <TextBlock text={input} name={`${item.id}.arguments.json`} isPartial={isOpen && output === ''} />
        </section>
      )}
      {output !== '' && (
        <section className={styles['callPart']}>
          <h4>{t('call.output')}</h4>
          <TextBlock text={output} name={`${item.id}.output.txt`} />
        </section>
      )}
    </details>
  );
}

function CallState({ isOpen, isFailed }: { isOpen: boolean; isFailed: boolean }) {
  if (isOpen)
    return <DotFillIcon size={14} className={styles['busy'] ?? ''} aria-label={t('status.in_progress')} />;
  if (isFailed)
    return <AlertIcon size={14} className={styles['bad'] ?? ''} aria-label={t('status.failed')} />;
  return <CheckIcon size={14} className={styles['good'] ?? ''} aria-label={t('status.completed')} />;
}

function hasFailed({ status, error }: WireItem): boolean {
  return status === 'failed' || status === 'incomplete' || (error !== undefined && error !== null);
}

function outputText({ output, error }: WireItem): string {
  const value = error ?? output;
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
