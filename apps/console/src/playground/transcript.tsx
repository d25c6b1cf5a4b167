import { ArrowDownIcon } from '@primer/octicons-react';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { ApprovalCard } from '../approvals/approval-card.tsx';
import { DecideTogether } from '../approvals/decide-together.tsx';
import type { WireItem } from '../api/items.ts';
import { t } from '../i18n/t.ts';
import { ItemView } from '../items/item-view.tsx';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/page-states.tsx';
import styles from './playground.module.css';
import type { RunView } from './run-view.ts';

/** How near to its end a list must be to follow what is added, in pixels. */
const followsWithin = 60;

interface Props {
  context: readonly WireItem[];
  view: RunView;
  /** A waiting call of the run was decided. */
  onDecided: () => void;
}

/** The conversation so far and the run. It follows the run's output unless its reader has scrolled up. */
export function Transcript({ context, view, onDecided }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const [follows, setFollows] = useState(true);

  useLayoutEffect(() => {
    if (follows) list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [context, view, follows]);

  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const look = () => {
      setFollows(element.scrollHeight - element.scrollTop - element.clientHeight < followsWithin);
    };
    element.addEventListener('scroll', look, { passive: true });
    return () => element.removeEventListener('scroll', look);
  }, []);

  const isEmpty = context.length === 0 && view.items.length === 0;
  return (
    <div
      className={styles['scroller']}
      ref={list}
      tabIndex={0}
      role="log"
      aria-live="off"
      aria-label={t('playground.title')}
    >
      {isEmpty && (
        <Notice title={t('playground.empty')}>
          <p>{t('playground.empty.more')}</p>
        </Notice>
      )}
      <div className={styles['items']}>
        {context.map((item) => (
          <ItemView key={item.id} item={item} isLive={false} />
        ))}
        {view.items.map((item) =>
          item.type === 'mcp_approval_request' ? (
            <ApprovalCard key={item.id} request={item} onDecided={onDecided} />
          ) : (
            <ItemView key={item.id} item={item} isLive={!view.isOver} />
          ),
        )}
        {view.id !== null && <DecideTogether runId={view.id} />}
      </div>
      {view.error !== null && (
        <p className={styles['error']} translate="no">
          {view.error}
        </p>
      )}
      {!follows && (
        <Button className={styles['latest'] ?? ''} icon={<ArrowDownIcon />} onClick={() => setFollows(true)}>
          {t('playground.latest')}
        </Button>
      )}
    </div>
  );
}
