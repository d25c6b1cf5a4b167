import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { type Run, runPageSize } from '../api/runs.ts';
import { t } from '../i18n/t.ts';
import { RunColumns, RunRow } from './run-row.tsx';
import styles from './runs.module.css';

const rowHeight = 52;
const overscan = 8;

interface Props {
  /** The rows of the loaded pages. */
  rows: readonly Run[];
  /** The place of the first of them in the list: rows before it were loaded and left. */
  start: number;
  /** Whether no further page may be requested now. */
  isBusy: boolean;
  hasNext: boolean;
  onNext: () => void;
  onPrevious: () => void;
  /** Loads the list from its beginning again. */
  onRestart: () => void;
}

/** The rows that can be seen, of a window of pages that follows the scrolling. Arrow keys, Home and End move between rows. */
export function RunList({ rows, start, isBusy, hasNext, onNext, onPrevious, onRestart }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const mustFocus = useRef(false);
  const hasFocus = useRef(false);
  const count = start + rows.length;
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan,
  });
  const shown = virtual.getVirtualItems();
  const first = shown[0]?.index ?? 0;
  const last = shown.at(-1)?.index ?? 0;

  const isAtEnd = last >= count - overscan;
  const isBeforeStart = start > 0 && first < start + overscan;
  useEffect(() => {
    if (isBusy) return;
    if (isBeforeStart && first < start - runPageSize) onRestart();
    else if (isBeforeStart) onPrevious();
    else if (isAtEnd && hasNext) onNext();
  }, [isBusy, isBeforeStart, first, start, isAtEnd, hasNext, onRestart, onPrevious, onNext]);

  useEffect(() => {
    if (!mustFocus.current) return;
    const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${active}"]`);
    if (!row) return;
    mustFocus.current = false;
    row.focus({ preventScroll: true });
  });

  // A row that has the focus may leave the document as it is scrolled away; without this, keys would no longer reach the list.
  useEffect(() => {
    if (hasFocus.current && document.activeElement === document.body)
      scroller.current?.focus({ preventScroll: true });
  });

  const onKeyDown = (event: KeyboardEvent) => {
    const target = targetOf(event.key, active, count);
    if (target === null) return;
    event.preventDefault();
    mustFocus.current = true;
    setActive(target);
    virtual.scrollToIndex(target);
  };

  return (
    <>
      <RunColumns />
      <div
        ref={scroller}
        className={styles['scroller']}
        tabIndex={0}
        aria-label={t('nav.runs')}
        role="region"
        onKeyDown={onKeyDown}
        onFocus={() => {
          hasFocus.current = true;
        }}
        onBlur={({ relatedTarget }) => {
          if (relatedTarget !== null) hasFocus.current = scroller.current?.contains(relatedTarget) ?? false;
        }}
      >
        <ul className={styles['rows']} style={{ height: virtual.getTotalSize() }}>
          {shown.map(({ index, start: top }) => {
            const run = rows[index - start];
            return (
              run && (
                <li
                  key={run.id}
                  className={styles['item']}
                  style={{ transform: `translateY(${top}px)`, height: rowHeight }}
                  onFocus={() => setActive(index)}
                >
                  <RunRow run={run} index={index} isActive={index === active} />
                </li>
              )
            );
          })}
        </ul>
      </div>
    </>
  );
}

function targetOf(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return Math.min(at + 1, count - 1);
    case 'ArrowUp':
      return Math.max(at - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
