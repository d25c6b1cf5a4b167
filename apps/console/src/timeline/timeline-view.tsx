import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { isOver, type Timeline } from '../api/runs.ts';
import { t } from '../i18n/t.ts';
import { formatDuration } from '../ui/duration.ts';
import { type Row, rowsOf, spanOf } from './rows.ts';
import styles from './timeline.module.css';

const rowHeight = 28;
const tickMs = 250;
const overscan = 8;
/** The narrowest bar, in percent of the width, so that the shortest can be seen and clicked. */
const narrowest = 0.4;

interface Props {
  timeline: Timeline;
  selected: string | null;
  onSelect: (key: string) => void;
}

/** The turns and calls of a run as bars over time. The whole run fits the width; arrow keys, Home and End move the selection. */
export function TimelineView({ timeline, selected, onSelect }: Props) {
  const now = useNow(!isOver(timeline.run));
  const rows = useMemo(() => rowsOf(timeline, now), [timeline, now]);
  const span = spanOf(timeline, now);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan,
  });

  const onKeyDown = (event: KeyboardEvent) => {
    const at = rows.findIndex(({ key }) => key === selected);
    const target = targetOf(event.key, at, rows.length);
    const row = target === null ? undefined : rows[target];
    if (target === null || !row) return;
    event.preventDefault();
    onSelect(row.key);
    virtual.scrollToIndex(target);
  };

  return (
    <div
      ref={scroller}
      className={styles['scroller']}
      role="listbox"
      tabIndex={0}
      aria-label={t('playground.timeline')}
      aria-activedescendant={selected === null ? undefined : `row-${selected}`}
      onKeyDown={onKeyDown}
    >
      <div className={styles['rows']} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows[index];
          return (
            row && (
              <div
                key={row.key}
                id={`row-${row.key}`}
                role="option"
                aria-selected={row.key === selected}
                className={styles['row']}
                style={{ transform: `translateY(${start}px)`, height: rowHeight }}
                onClick={() => onSelect(row.key)}
              >
                <RowLine row={row} span={span} />
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

function RowLine({ row, span }: { row: Row; span: { from: number; to: number } }) {
  const whole = span.to - span.from;
  const lasted = row.bars.reduce((sum, { from, to }) => sum + to - from, 0);
  return (
    <>
      <span className={row.depth === 0 ? styles['turn'] : styles['call']} translate="no">
        {row.depth === 0 ? `${row.turn.index + 1}  ${row.label}` : row.label}
      </span>
      <svg className={styles['bars']} preserveAspectRatio="none" viewBox="0 0 100 16" aria-hidden="true">
        {row.bars.map(({ from, to, kind }, index) => {
          const width = Math.max(((to - from) / whole) * 100, narrowest);
          const x = Math.min(((from - span.from) / whole) * 100, 100 - width);
          return <rect key={index} className={styles[kind]} x={x} y={2} width={width} height={12} />;
        })}
      </svg>
      <span className={styles['lasted']} translate="no">
        {row.bars.length === 0 ? '' : formatDuration(lasted)}
      </span>
    </>
  );
}

function targetOf(key: string, at: number, count: number): number | null {
  if (key === 'ArrowDown') return Math.min(at + 1, count - 1);
  if (key === 'ArrowUp') return Math.max(at - 1, 0);
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  return null;
}

/** The time, again and again while something runs. */
function useNow(isRunning: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => setNow(Date.now()), tickMs);
    return () => clearInterval(timer);
  }, [isRunning]);
  return now;
}
