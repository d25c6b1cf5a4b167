import { ArrowDownIcon } from '@primer/octicons-react';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { ApprovalCard } from '../approvals/approval-card.tsx';
import { DecideTogether } from '../approvals/decide-together.tsx';
import type { WireItem } from '../api/items.ts';
import { t } from '../i18n/t.ts';
import { ItemView } from '../items/item-view.tsx';
import { Button } from '../ui/button.tsx';
import styles from './playground.module.css';
import { lostRequests, type RunView } from './run-view.ts';

/** How near to its end a list must be to follow what is added, in pixels. */
const followsWithin = 60;

interface Props {
  context: readonly WireItem[];
  view: RunView;
  /** A waiting call of the run was decided. */
  onDecided: () => void;
  /** What stands in an empty conversation. */
  children: ReactNode;
}

/** The conversation so far and the run. It follows the run's output unless its reader has scrolled up. */
export function Transcript({ context, view, onDecided, children }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const [follows, setFollows] = useState(true);

  const items = useRef<HTMLDivElement>(null);
  /** Whether its reader opened or closed something since the last event: what grows then is not followed. */
  const isTouched = useRef(false);

  useLayoutEffect(() => {
    isTouched.current = false;
    if (follows) scrollToEnd(list.current);
  }, [context, view, follows]);

  useEffect(() => {
    const { current: element } = list;
    const { current: content } = items;
    if (!element || !content) return;
    const left = new AbortController();
    const { signal } = left;
    const isAtEnd = () => element.scrollHeight - element.scrollTop - element.clientHeight < followsWithin;
    let wasAtEnd = true;
    const look = () => {
      wasAtEnd = isAtEnd();
      setFollows(wasAtEnd);
    };
    element.addEventListener('scroll', look, { passive: true, signal });
    element.addEventListener('click', () => (isTouched.current = true), { capture: true, signal });
    // The card of a call grows once it has read the call.
    const growth = new ResizeObserver(() => {
      if (wasAtEnd && !isTouched.current) scrollToEnd(element);
    });
    growth.observe(content);
    return () => {
      left.abort();
      growth.disconnect();
    };
  }, []);

  const lost = lostRequests(view);
  return (
    <div
      className={styles['scroller']}
      ref={list}
      tabIndex={0}
      role="log"
      aria-live="off"
      aria-label={t('playground.title')}
    >
      {children}
      <div className={styles['items']} ref={items}>
        {context.map((item) => (
          <ItemView key={item.id} item={item} isLive={false} />
        ))}
        {view.items.map((item) =>
          item.type === 'mcp_approval_request' ? (
            <ApprovalCard key={item.id} request={item} isLost={lost.has(item.id)} onDecided={onDecided} />
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

function scrollToEnd(element: HTMLElement | null): void {
  element?.scrollTo({ top: element.scrollHeight });
}
